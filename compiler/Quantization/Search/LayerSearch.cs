using GraphPartition.MixedPrecision.Budgets;
using GraphPartition.MixedPrecision.Measuring;
using GraphPartition.MixedPrecision.Search;
using GraphPartition.Quantization.Measuring;
using GraphPartition.Quantization.Placement;
using GraphPartition.Quantization.Reports;

namespace GraphPartition.Quantization.Search;

/// <summary>
/// Chooses methods of calibration and layers by the measured error of the outputs. Methods are judged by what they give on samples that
/// they did not see, if there are enough (<see cref="SampleParts"/>). Deterministic.
/// </summary>
/// <param name="plan">The layers.</param>
/// <param name="scales">Their scales by method.</param>
/// <param name="trials">Measures choices.</param>
/// <param name="parts">The parts of the samples.</param>
/// <param name="reasons">Why a layer must not be quantized; null: it may be.</param>
/// <param name="progress">Receives what is being measured, how much of it is done, and of how much; null: nobody looks.</param>
internal sealed class LayerSearch(QuantizationPlan plan, ScaleTable scales, QuantizationTrials trials, SampleParts parts,
    IReadOnlyList<string?> reasons, Action<string, int, int>? progress)
{
    private const int SweepSamples = 2, MostRefined = 12, LeastRuns = 6;
    private const float Step = 0.03f;
    private const double Behind = 1; // dB

    /// <summary>
    /// How numbers round is chance, and few samples cannot show that. So with few, scales that are a little smaller and larger are judged
    /// too.
    /// </summary>
    private readonly float[] _factors = FactorsOf((LeastRuns + parts.Measured.Length - 1) / Math.Max(1, parts.Measured.Length));

    /// <summary>
    /// In dB, what counts as better: a method for all tensors, and a change. Few samples judge what they gave themselves, so there only a
    /// clear advantage counts.
    /// </summary>
    private readonly (double Method, double Change) _least = parts.Count == 1 ? (2, 0.3) : (0.1, 0.1);

    private CalibrationMethod[] _methods = [];
    private double _mostOwn;
    private float[]?[] _corrections = [];
    private ImmutableArray<float[]?[]> _correctionsWithout = [];

    /// <summary>What is written.</summary>
    public Setting Setting => new(ScalesOf(scales.Of), _corrections);

    /// <summary>The layers that may be quantized.</summary>
    public bool[] Allowed { get; } = [.. reasons.Select(r => r is null)];

    /// <summary>For each layer the worst output with it alone quantized, in dB, after <see cref="Sweep"/>.</summary>
    public double[] Decibels { get; } = new double[plan.Layers.Length];

    private double[] Noise { get; } = new double[plan.Layers.Length];

    /// <summary>Takes the method whose outputs are best with all layers quantized.</summary>
    public (CalibrationMethod Method, ImmutableArray<MethodReport> All) ChooseMethod(ImmutableArray<CalibrationMethod> methods)
    {
        if (!scales.HasHistograms) methods = [methods[0]];
        var tried = new List<(CalibrationMethod Method, Judgment Judgment, double Own)>();
        var reports = ImmutableArray.CreateBuilder<MethodReport>();
        foreach (CalibrationMethod method in methods)
        {
            progress?.Invoke($"measuring {method}", reports.Count, methods.Length);
            _methods = [.. plan.Groups.Select(_ => method)];
            tried.Add((method, Judged(), Own()));
            reports.Add(new(method.ToString(), Measured(Allowed), tried[^1].Judgment.Mean));
        }
        _mostOwn = tried.Max(t => t.Own);
        tried.RemoveAll(t => t.Own < _mostOwn - Behind);
        var best = tried[0]; // the first is best for most models, so others must be better
        foreach (var other in tried.Skip(1))
            if (MayTake(other.Method) && other.Judgment.IsBetterThan(best.Judgment, _least.Method)) best = other;
        _methods = [.. plan.Groups.Select(_ => best.Method)];
        return (best.Method, reports.ToImmutable());
    }

    /// <summary>What all layers give on the samples that the scales come from.</summary>
    private double Own() => Judgment.Of([Measured(Allowed)]).Mean;

    /// <summary>
    /// Whether the choice is near the best method on the samples that gave the scales. There every choice looks better than it is, so one
    /// that does not was good for parts of the samples by chance.
    /// </summary>
    private bool IsNearBest(double most) => Own() >= most - Behind;

    /// <summary>The numbers of all layers.</summary>
    public IEnumerable<int> AllLayers => Enumerable.Range(0, plan.Layers.Length);

    /// <summary>Measures layers alone.</summary>
    public void Sweep(CoveredOutputs covered, IEnumerable<int> layers)
    {
        Setting setting = Setting;
        foreach (int l in layers)
        {
            progress?.Invoke("noise of single layers", l, Decibels.Length);
            var isOn = new bool[Decibels.Length];
            isOn[l] = Allowed[l];
            ImmutableArray<OutputMeasure> measures = trials.Measure(isOn, setting, parts.Measured.Length < SweepSamples ? 1 : SweepSamples);
            (Decibels[l], Noise[l]) = (Worst(measures), covered.Noise(measures));
        }
    }

    /// <summary>
    /// Tries the other methods for the tensors of the noisiest layers, one after the other, and keeps what is better. Few samples cannot
    /// judge so many choices: one of them always fits.
    /// </summary>
    /// <returns>How many groups of tensors have another method now.</returns>
    public int Refine(ImmutableArray<CalibrationMethod> methods, CoveredOutputs covered)
    {
        if (parts.Count == 1) return 0;
        Judgment best = Judged();
        int tried = 0;
        var changed = new HashSet<int>();
        foreach (int group in Enumerable.Range(0, plan.Layers.Length).OrderBy(l => Decibels[l])
            .SelectMany(l => plan.Layers[l].Places.Select(p => p.Group)).Distinct().Take(MostRefined))
        {
            progress?.Invoke("methods of single tensors", tried++, MostRefined);
            foreach (CalibrationMethod method in methods.DistinctBy(m => scales.Of(m, group)))
            {
                CalibrationMethod before = _methods[group];
                _methods[group] = method;
                if (scales.Of(method, group) != scales.Of(before, group) && Judged() is var judgment
                    && judgment.IsBetterThan(best, _least.Change) && IsNearBest(_mostOwn))
                {
                    best = judgment;
                    changed.Add(group);
                }
                else _methods[group] = before;
            }
        }
        Sweep(covered, AllLayers.Where(l => plan.Layers[l].Places.Any(p => changed.Contains(p.Group))));
        return changed.Count;
    }

    /// <summary>The most layers with which the budgets hold.</summary>
    /// <returns>For each layer whether it is quantized; null: the budgets do not hold with none.</returns>
    public bool[]? Within(CoveredOutputs covered, double margin)
    {
        int[] units = [.. Enumerable.Range(0, plan.Layers.Length).Where(l => Allowed[l])];
        bool[] Choice(IReadOnlyCollection<int> kept)
        {
            bool[] isOn = [.. Allowed];
            foreach (int unit in kept) isOn[units[unit]] = false;
            return isOn;
        }
        var search = new FewestUnits(units.Length, kept =>
        {
            progress?.Invoke($"measuring {kept.Count} layers unquantized", trials.Count, 0);
            return covered.Shortfall(Measured(Choice(kept))) + margin;
        }, new SearchLimits { Proof = 64, Exchange = 60 });
        return search.Find([.. units.Select(l => Noise[l] * Math.Pow(10, margin / 10))]) is { } found ? Choice(found.Units) : null;
    }

    /// <summary>
    /// Choices between all layers and none: layers leave in the order of their noise for each microsecond that they gain. Only choices that
    /// no other one beats in both are listed.
    /// </summary>
    public ImmutableArray<ParetoPoint> Pareto(IReadOnlyList<(double Half, double Quantized)> times)
    {
        const int Steps = 8;
        int[] order = [.. Enumerable.Range(0, plan.Layers.Length).Where(l => Allowed[l])
            .OrderByDescending(l => Noise[l] / Math.Max(1e-3, times[l].Half - times[l].Quantized))];
        var points = new List<ParetoPoint>();
        foreach (int left in Enumerable.Range(0, Steps + 1).Select(s => s * order.Length / Steps).Distinct())
        {
            progress?.Invoke("error against time", left, order.Length);
            bool[] isOn = [.. Allowed];
            foreach (int l in order[..left]) isOn[l] = false;
            double time = times.Select((t, l) => isOn[l] ? t.Quantized : t.Half).Sum();
            points.Add(new(isOn.Count(on => on), time, Worst(Measured(isOn))));
        }
        return [.. points.Where(p => !points.Any(o => o.Microseconds <= p.Microseconds && o.Decibels > p.Decibels
            || o.Microseconds < p.Microseconds && o.Decibels >= p.Decibels)).OrderBy(p => p.Microseconds)];
    }

    /// <summary>The outputs of a choice.</summary>
    public ImmutableArray<OutputMeasure> Measured(bool[] isOn) => trials.Measure(isOn, Setting, parts.Measured.Length);

    /// <summary>Takes corrections of biases if the outputs are better with them.</summary>
    /// <param name="corrections">Computes them with scales, from the measured samples of a part; null: from all measured samples.</param>
    /// <returns>Whether they are taken.</returns>
    public bool Correct(Func<float[], int?, float[]?[]> corrections)
    {
        progress?.Invoke("bias correction", 0, 1);
        Judgment before = Judged();
        _correctionsWithout = parts.Count == 1 ? []
            : [.. Enumerable.Range(0, parts.Count).Select(p => corrections(ScalesWithout(p), (p + 1) % parts.Count))];
        _corrections = corrections(Setting.Scales, null);
        if (Judged().IsBetterThan(before, _least.Change) && IsNearBest(_mostOwn)) return true;
        (_corrections, _correctionsWithout) = ([], []);
        return false;
    }

    /// <summary>All layers quantized: each sample has the setting that the other samples give, and settings near it.</summary>
    private Judgment Judged()
    {
        Setting[][] settings = [.. Enumerable.Range(0, parts.Count).Select(p => _factors.Select(SettingWithout(p).Times).ToArray())];
        ImmutableArray<int> measured = parts.Measured;
        return Judgment.Of(Enumerable.Range(0, measured.Length).SelectMany(
            s => settings[parts.Of(measured[s])].Select(setting => trials.MeasureOne(Allowed, setting, s))));
    }

    /// <summary>Whether all layers quantized are better here than in another form of the model.</summary>
    public bool IsBetterThan(LayerSearch other) => Judged().IsBetterThan(other.Judged(), _least.Method) && IsNearBest(other._mostOwn);

    /// <summary>The setting that the samples beside those of a part give.</summary>
    private Setting SettingWithout(int part) => parts.Count == 1 ? Setting
        : new(ScalesWithout(part), _correctionsWithout.IsEmpty ? [] : _correctionsWithout[part]);

    private bool MayTake(CalibrationMethod method) => parts.Count > 1 || !method.ClipsMuch;

    private float[] ScalesWithout(int part) => ScalesOf((m, g) => scales.Without(part, m, g));

    private float[] ScalesOf(Func<CalibrationMethod, int, float> scale) => [.. _methods.Select(scale)];

    private static double Worst(ImmutableArray<OutputMeasure> measures) =>
        measures.Select(m => m.Decibels).DefaultIfEmpty(double.PositiveInfinity).Min();

    private static float[] FactorsOf(int count) => [.. Enumerable.Range(0, count).Select(i => 1 + Step * (i - (count - 1) / 2f))];
}
