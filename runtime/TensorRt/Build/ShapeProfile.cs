namespace GraphPartition.TensorRt.Build;

/// <summary>For each dynamic input the shapes that an engine is built for (IOptimizationProfile, NvInferRuntime.h).</summary>
/// <param name="Inputs">By input name. Inputs with a static shape need no entry.</param>
public sealed record ShapeProfile(IReadOnlyDictionary<string, ShapeRange> Inputs)
{
    /// <summary>By input name, ranges of the values in an input. TensorRT gets those of its shape tensors; others are ignored.</summary>
    public IReadOnlyDictionary<string, ShapeRange> Values { get; init; } = new Dictionary<string, ShapeRange>();

    /// <summary>
    /// The profile without empty tensors, for releases and layers that take none: the smallest sizes are at least 1. Null if it has no
    /// empty tensors, or if an input has no others.
    /// </summary>
    public ShapeProfile? WithoutEmpty()
    {
        if (!Inputs.Values.Any(r => r.Min.Contains(0)) || Inputs.Values.Any(r => r.Max.Contains(0))) return null;
        return this with
        {
            Inputs = Inputs.ToDictionary(i => i.Key, i => new ShapeRange(
                [.. i.Value.Min.Select(m => Math.Max(1, m))], [.. i.Value.Opt.Select(o => Math.Max(1, o))], i.Value.Max)),
        };
    }
}

/// <summary>The smallest, the most frequent and the largest shape of an input.</summary>
/// <param name="Min">No size may be smaller.</param>
/// <param name="Opt">TensorRT makes this one fast.</param>
/// <param name="Max">No size may be larger.</param>
public sealed record ShapeRange(IReadOnlyList<long> Min, IReadOnlyList<long> Opt, IReadOnlyList<long> Max)
{
    /// <summary>What is wrong with the range; null if nothing is.</summary>
    internal string? Fault(int maxRank)
    {
        if (Min.Count != Opt.Count || Opt.Count != Max.Count)
            return $"min has {Min.Count} dimensions, opt {Opt.Count}, max {Max.Count}";
        if (Min.Count > maxRank) return $"TensorRT has at most {maxRank} dimensions, not {Min.Count}";
        int bad = Enumerable.Range(0, Min.Count).FirstOrDefault(i => Min[i] > Opt[i] || Opt[i] > Max[i] || Max[i] > int.MaxValue, -1);
        return bad < 0 ? null : $"dimension {bad}: {Min[bad]} <= {Opt[bad]} <= {Max[bad]} <= {int.MaxValue} does not hold";
    }
}
