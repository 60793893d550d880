using GraphPartition.MixedPrecision.Budgets;
using GraphPartition.MixedPrecision.Measuring;
using GraphPartition.MixedPrecision.Search;
using GraphPartition.Quantization.Measuring;
using GraphPartition.Quantization.Placement;
using GraphPartition.Quantization.Reports;

namespace GraphPartition.Quantization.Search;

/// <summary>Chooses methods of calibration and layers by the measured error of the outputs. Deterministic.</summary>
/// <param name="plan">The layers.</param>
/// <param name="scales">Their scales by method.</param>
/// <param name="trials">Measures choices.</param>
/// <param name="reasons">Why a layer must not be quantized; null: it may be.</param>
/// <param name="progress">Receives what is being measured, how much of it is done, and of how much; null: nobody looks.</param>
internal sealed class LayerSearch(
    QuantizationPlan plan, ScaleTable scales, QuantizationTrials trials, IReadOnlyList<string?> reasons, Action<string, int, int>? progress)
{
    private const int SweepSamples = 2, MostRefined = 12;
    private const double Cap = 150; // a saturated output has any number of dB
    private const double LeastImprovement = 0.1; // dB

    private readonly Dictionary<string, ImmutableArray<OutputMeasure>> _known = [];

    /// <summary>The scales that are used.</summary>
    public float[] Scales { get; private set; } = [];

    /// <summary>The layers that may be quantized.</summary>
    public bool[] Allowed { get; } = [.. reasons.Select(r => r is null)];

    /// <summary>For each layer the worst output with it alone quantized, in dB, after <see cref="Sweep"/>.</summary>
    public double[] Decibels { get; } = new double[plan.Layers.Length];

    private double[] Noise { get; } = new double[plan.Layers.Length];

    /// <summary>Takes the method whose outputs are best with all layers quantized.</summary>
    public (CalibrationMethod Method, ImmutableArray<MethodReport> All) ChooseMethod(ImmutableArray<CalibrationMethod> methods)
    {
        if (!scales.HasHistograms) methods = [methods[0]];
        var reports = new List<(CalibrationMethod Method, float[] Scales, ImmutableArray<OutputMeasure> Outputs)>();
        foreach (CalibrationMethod method in methods)
        {
            progress?.Invoke($"measuring {method}", reports.Count, methods.Length);
            float[] own = scales.Of(method);
            reports.Add((method, own, trials.Measure(Allowed, own)));
        }
        var best = reports.MaxBy(r => Score(r.Outputs));
        Scales = best.Scales;
        return (best.Method, [.. reports.Select(r => new MethodReport(r.Method.ToString(), r.Outputs))]);
    }

    /// <summary>The numbers of all layers.</summary>
    public IEnumerable<int> AllLayers => Enumerable.Range(0, plan.Layers.Length);

    /// <summary>Measures layers alone.</summary>
    public void Sweep(CoveredOutputs covered, IEnumerable<int> layers)
    {
        foreach (int l in layers)
        {
            progress?.Invoke("noise of single layers", l, Decibels.Length);
            var isOn = new bool[Decibels.Length];
            isOn[l] = Allowed[l];
            ImmutableArray<OutputMeasure> measures = trials.Measure(isOn, Scales, SweepSamples);
            (Decibels[l], Noise[l]) = (Worst(measures), covered.Noise(measures));
        }
    }

    /// <summary>Tries the other methods for the tensors of the noisiest layers, one after the other, and keeps what is better.</summary>
    /// <returns>How many groups of tensors have another method now.</returns>
    public int Refine(ImmutableArray<CalibrationMethod> methods, CoveredOutputs covered)
    {
        double best = Score(trials.Measure(Allowed, Scales));
        int tried = 0;
        var changed = new HashSet<int>();
        foreach (int group in Enumerable.Range(0, plan.Layers.Length).OrderBy(l => Decibels[l])
            .SelectMany(l => plan.Layers[l].Places.Select(p => p.Group)).Distinct().Take(MostRefined))
        {
            progress?.Invoke("methods of single tensors", tried++, MostRefined);
            foreach (float scale in methods.Select(m => scales.Of(m, group)).Distinct().Where(s => s != Scales[group]).ToArray())
            {
                float[] other = [.. Scales];
                other[group] = scale;
                if (Score(trials.Measure(Allowed, other)) is var score && score <= best + LeastImprovement) continue;
                (best, Scales) = (score, other);
                changed.Add(group);
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
    public ImmutableArray<OutputMeasure> Measured(bool[] isOn)
    {
        string key = string.Concat(isOn.Select(on => on ? '1' : '0'));
        if (!_known.TryGetValue(key, out ImmutableArray<OutputMeasure> known)) _known[key] = known = trials.Measure(isOn, Scales);
        return known;
    }

    /// <summary>Takes corrections of biases if the outputs are better with them.</summary>
    /// <returns>Whether they are.</returns>
    public bool Correct(Func<float[]?[]> corrections)
    {
        progress?.Invoke("bias correction", 0, 1);
        double before = Score(trials.Measure(Allowed, Scales));
        trials.Corrections = corrections();
        if (Score(trials.Measure(Allowed, Scales)) > before + LeastImprovement) return true;
        trials.Corrections = [];
        return false;
    }

    /// <summary>The mean of the outputs in dB with all layers quantized.</summary>
    public double Quality => Score(Measured(Allowed));

    private static double Worst(ImmutableArray<OutputMeasure> measures) =>
        measures.Select(m => m.Decibels).DefaultIfEmpty(double.PositiveInfinity).Min();

    /// <summary>The mean of the outputs in dB; minus infinite where one is not finite.</summary>
    private static double Score(ImmutableArray<OutputMeasure> measures) =>
        measures.Select(m => Math.Min(Cap, m.Decibels)).DefaultIfEmpty(0).Average();
}
