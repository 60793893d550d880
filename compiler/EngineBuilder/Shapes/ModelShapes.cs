using GraphPartition.Ir.Types;
using GraphPartition.TensorRt;

namespace GraphPartition.EngineBuilder.Shapes;

/// <summary>
/// The shapes that a model must accept: for inputs, and for inner values whose sizes depend on data. Missing shapes follow from the
/// others: an optimum alone is minimum and maximum too.
/// </summary>
public sealed record ModelShapes
{
    /// <summary>No shapes: enough for a model whose inputs are static.</summary>
    public static ModelShapes None { get; } = new();

    /// <summary>The smallest shapes, by name.</summary>
    public IReadOnlyDictionary<string, long[]> Min { get; init; } = new Dictionary<string, long[]>();

    /// <summary>The shapes to optimize for.</summary>
    public IReadOnlyDictionary<string, long[]> Opt { get; init; } = new Dictionary<string, long[]>();

    /// <summary>The largest shapes.</summary>
    public IReadOnlyDictionary<string, long[]> Max { get; init; } = new Dictionary<string, long[]>();

    /// <summary>Every name that has a shape.</summary>
    public IEnumerable<string> Names => Min.Keys.Concat(Opt.Keys).Concat(Max.Keys).Distinct();

    /// <summary>Minimum, optimum and maximum of a name.</summary>
    internal (long[] Min, long[] Opt, long[] Max) Of(string name)
    {
        long[]? min = Min.GetValueOrDefault(name), opt = Opt.GetValueOrDefault(name), max = Max.GetValueOrDefault(name);
        opt ??= max ?? min!;
        return (min ?? opt, opt, max ?? opt);
    }

    /// <summary>
    /// The sizes of inputs that are the same in all shapes, because minimum and maximum are equal: every run has them. Other dimensions
    /// are unknown. Shapes of inner values fix nothing.
    /// </summary>
    public IReadOnlyDictionary<string, Shape> FixedOf(Graph graph)
    {
        Dictionary<string, Shape> shapes = [];
        foreach (Value input in graph.Inputs)
        {
            if (!Names.Contains(input.Name)) continue;
            (long[] min, long[] opt, long[] max) = Of(input.Name);
            if (min.Length != opt.Length || max.Length != opt.Length || (input.Shape?.Rank ?? opt.Length) != opt.Length) continue;
            Dim[] dims = [.. min.Select((size, axis) =>
                size == max[axis] && size >= 0 && input.Shape?[axis].IsKnown != true ? size : Dim.Unknown)];
            if (dims.Any(d => d.IsKnown)) shapes.Add(input.Name, new Shape(dims));
        }
        return shapes;
    }

    /// <summary>Checks that the shapes fit a model.</summary>
    /// <param name="graphs">The graphs whose values may have a shape: the first is the model's, others have values that passes made.</param>
    /// <exception cref="ModelException">A name is unknown, or a shape does not fit an input (GP4010; one diagnostic for each).</exception>
    public void Check(params ReadOnlySpan<Graph> graphs)
    {
        string[] names = [.. Names];
        if (names.Length == 0) return;
        HashSet<string> known = [.. graphs[0].Inputs.Select(v => v.Name)];
        ModelShapes ofInputs = new() { Min = Only(Min), Opt = Only(Opt), Max = Only(Max) };
        List<Diagnostic> faults = [];
        try
        {
            InputRanges.Of(graphs[0], ofInputs);
        }
        catch (ModelException e)
        {
            faults.AddRange(e.Diagnostics);
        }
        HashSet<string> inner = [];
        foreach (Graph graph in graphs) inner.UnionWith(InputRanges.Inside(graph).Select(v => v.Name));
        faults.AddRange(names.Where(n => !known.Contains(n) && !inner.Contains(n)).Select(n => TensorRtCodes.BadShapeProfile.At(
            n, $"the model has no such input{NearNames.Hint(n, known)}")));
        if (faults.Count > 0) throw new ModelException(faults);

        Dictionary<string, long[]> Only(IReadOnlyDictionary<string, long[]> shapes) =>
            shapes.Where(s => known.Contains(s.Key)).ToDictionary();
    }
}
