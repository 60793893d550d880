using GraphPartition.Quantization.Calibration;
using GraphPartition.Quantization.Placement;

namespace GraphPartition.Quantization.Search;

/// <summary>The scale of each group by each method, and which groups have none.</summary>
internal sealed class ScaleTable
{
    private readonly QuantizationPlan _plan;
    private readonly ImmutableArray<MagnitudeHistogram> _histograms;
    private readonly float[] _cached;
    private readonly float _largest;

    /// <summary>Makes a table.</summary>
    /// <param name="plan">The groups.</param>
    /// <param name="histograms">A histogram for each; empty: there are no samples.</param>
    /// <param name="cache">Scales by tensor, which come first; null: there are none.</param>
    /// <param name="format">The format.</param>
    public ScaleTable(QuantizationPlan plan, ImmutableArray<MagnitudeHistogram> histograms, IReadOnlyDictionary<string, float>? cache,
        QuantizationFormat format)
    {
        (_plan, _histograms, _largest) = (plan, histograms, format.Largest);
        // The scale of a group is that of its tensor with the largest range.
        float int8 = QuantizationFormat.Int8.Largest; // caches are for INT8
        _cached = [.. plan.Groups.Select(g => g.Max(v => cache?.GetValueOrDefault(v.Name) ?? 0) * int8 / _largest)];
    }

    /// <summary>Whether a method would change a scale.</summary>
    public bool HasHistograms => !_histograms.IsEmpty;

    /// <summary>The scales of a method; 1 where there is none.</summary>
    public float[] Of(CalibrationMethod method) => [.. Enumerable.Range(0, _plan.Groups.Length).Select(g => Of(method, g))];

    /// <summary>The scale of a group.</summary>
    public float Of(CalibrationMethod method, int group)
    {
        if (_cached[group] > 0) return _cached[group];
        float scale = _histograms.IsEmpty ? 0 : Thresholds.Of(method, _histograms[group]) / _largest;
        return scale > 0 ? scale : 1;
    }

    /// <summary>Why a layer has no scales; null: it has.</summary>
    public string? WhyNot(QuantizedLayer layer)
    {
        foreach (Place place in layer.Places)
            if (_cached[place.Group] > 0) continue;
            else if (_histograms.IsEmpty) return "the calibration cache lacks a tensor of it, and there are no samples";
            else if (_histograms[place.Group].Count == 0) return $"no sample gives '{place.Value.Name}' a number";
            else if (_histograms[place.Group].Width == 0) return $"'{place.Value.Name}' is zero on all samples";
        return null;
    }

    /// <summary>The groups that are zero on all samples.</summary>
    public IEnumerable<Value> Zeros => _histograms.IsEmpty ? [] : Enumerable.Range(0, _histograms.Length)
        .Where(g => _cached[g] == 0 && _histograms[g] is { Count: > 0, Width: 0 }).Select(g => _plan.Groups[g][0]);
}
