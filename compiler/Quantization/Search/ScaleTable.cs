using GraphPartition.Quantization.Calibration;
using GraphPartition.Quantization.Placement;

namespace GraphPartition.Quantization.Search;

/// <summary>The scale of each group by each method, and which groups have none.</summary>
internal sealed class ScaleTable
{
    private readonly QuantizationPlan _plan;
    private readonly ImmutableArray<ImmutableArray<MagnitudeHistogram>> _parts;
    private readonly ImmutableArray<MagnitudeHistogram> _all;
    private readonly float[] _cached;
    private readonly float _largest;
    private readonly Dictionary<(CalibrationMethod, MagnitudeHistogram), float> _known = [];

    /// <summary>Makes a table.</summary>
    /// <param name="plan">The groups.</param>
    /// <param name="histograms">For each group the histograms of the parts of the samples; empty: there are no samples.</param>
    /// <param name="cache">Scales by tensor, which come first; null: there are none.</param>
    /// <param name="format">The format.</param>
    public ScaleTable(QuantizationPlan plan, ImmutableArray<ImmutableArray<MagnitudeHistogram>> histograms,
        IReadOnlyDictionary<string, float>? cache, QuantizationFormat format)
    {
        (_plan, _parts, _largest) = (plan, histograms, format.Largest);
        _all = [.. histograms.Select(MagnitudeHistogram.Sum)];
        // The scale of a group is that of its tensor with the largest range.
        float int8 = QuantizationFormat.Int8.Largest; // caches are for INT8
        _cached = [.. plan.Groups.Select(g => g.Max(v => cache?.GetValueOrDefault(v.Name) ?? 0) * int8 / _largest)];
    }

    /// <summary>Whether a method would change a scale.</summary>
    public bool HasHistograms => !_all.IsEmpty;

    /// <summary>The scale of a group from all samples; 1 where there is none.</summary>
    public float Of(CalibrationMethod method, int group) => Of(method, group, _all.IsEmpty ? null : _all[group]);

    /// <summary>The scale of a group from the samples that are not in a part.</summary>
    public float Without(int part, CalibrationMethod method, int group) => Of(method, group, _parts.IsEmpty ? null
        : _parts[group][(part + 1) % _parts[group].Length] is { Width: > 0 } others ? others : _all[group]);

    /// <summary>Why a layer has no scales; null: it has.</summary>
    public string? WhyNot(QuantizedLayer layer)
    {
        foreach (Place place in layer.Places)
            if (_cached[place.Group] > 0) continue;
            else if (_all.IsEmpty) return "the calibration cache lacks a tensor of it, and there are no samples";
            else if (_all[place.Group].Count == 0) return $"no sample gives '{place.Value.Name}' a number";
            else if (_all[place.Group].Width == 0) return $"'{place.Value.Name}' is zero on all samples";
        return null;
    }

    /// <summary>The groups that are zero on all samples.</summary>
    public IEnumerable<Value> Zeros => _all.IsEmpty ? [] : Enumerable.Range(0, _all.Length)
        .Where(g => _cached[g] == 0 && _all[g] is { Count: > 0, Width: 0 }).Select(g => _plan.Groups[g][0]);

    private float Of(CalibrationMethod method, int group, MagnitudeHistogram? histogram)
    {
        if (_cached[group] > 0) return _cached[group];
        if (histogram is null) return 1;
        if (!_known.TryGetValue((method, histogram), out float scale))
            _known.Add((method, histogram), scale = Thresholds.Of(method, histogram) / _largest is > 0 and var found ? found : 1);
        return scale;
    }
}
