using GraphPartition.MixedPrecision;
using GraphPartition.MixedPrecision.Budgets;
using GraphPartition.MixedPrecision.Emulation;
using GraphPartition.MixedPrecision.Measuring;
using GraphPartition.Quantization.Calibration;
using GraphPartition.Quantization.Corrections;
using GraphPartition.Quantization.Costs;
using GraphPartition.Quantization.Measuring;
using GraphPartition.Quantization.Placement;
using GraphPartition.Quantization.Replacing;
using GraphPartition.Quantization.Reports;
using GraphPartition.Quantization.Rewriting;
using GraphPartition.Quantization.Search;
using GraphPartition.Quantization.Targets;

namespace GraphPartition.Quantization;

/// <summary>
/// Quantizes a model: it plans layers and pairs, calibrates, chooses methods and layers by the measured error, and writes pairs of
/// QuantizeLinear and DequantizeLinear. TensorRT, TensorRT-RTX and ONNX Runtime compute the result as its graph says.
/// </summary>
public sealed class Quantizer
{
    private const double LeastGain = 0.01; // us: below it two kernels take the same time

    /// <summary>One or two samples do not show which channels are large: smoothing by them cost 2 dB on others (arctic-embed-xs).</summary>
    private const int LeastSmoothed = 3;

    private readonly QuantizationJob _job;
    private readonly QuantizationOptions _options;
    private readonly EngineChoice? _engines;
    private readonly SampleParts? _parts;
    private readonly ISampleRunner? _measured;
    private readonly Lazy<GoldenOutputs> _golden;
    private MeasurementFile? _known;

    private Quantizer(QuantizationJob job)
    {
        (_job, _options) = (job, job.Options);
        _engines = job.Compiler is { } compiler ? new(compiler, job.Model) : null;
        _parts = job.Runner is null ? null : new SampleParts(job.Runner.Count, job.MeasuredSamples);
        _measured = _parts is null ? null : new SampleSubset(job.Runner!, _parts.Measured);
        _golden = new(() => GoldenOutputs.Of(Emulator.Emulate(job.Source, job.Operators), _measured!));
    }

    /// <summary>Quantizes a model.</summary>
    /// <param name="job">The model, its samples, and what to do.</param>
    /// <exception cref="ModelException">GP3005: a selector matches no node; GP3111: the FP32 model gives NaN; GP3201 to GP3212.</exception>
    public static QuantizedModel Run(QuantizationJob job) => new Quantizer(job).Run();

    private QuantizedModel Run()
    {
        if (Dequantizer.Rest(_job.Model.Graph) is { } left) throw QuantizationCodes.IsQuantized.Error(Where, $"it has {left}");
        if (_job.Compiler is { } compiler && FormatProbe.WhyNot(compiler, _options, _job.Operators) is { } lacking)
            throw QuantizationCodes.FormatLacking.Error(compiler.Target, $"{_options.Format.Name}: {lacking}");
        var covered = new CoveredOutputs(_job.Budgets, _job.Model.Graph);
        using Candidate plain = Prepared(_job.Model, covered);
        using Candidate? smooth = Smoothed(plain, covered);
        Candidate best = smooth?.Search!.IsBetterThan(plain.Search!) == true ? smooth : plain;
        LayerSearch? search = best.Search;
        QuantizationPlan plan = best.Plan;
        string?[] reasons = best.Reasons;
        Setting setting = search?.Setting ?? new([.. plan.Groups.Select((_, g) => best.Table.Of(_options.Methods[0], g))], []);
        string?[] all = [.. reasons];
        if (search is not null && !_job.Budgets.IsEmpty) Restrict(search, covered, reasons);
        (Model model, ImmutableArray<OutputMeasure> outputs) = Written(best, setting);
        string[] method = [best.Method.ToString(), .. best.Notes, .. best == smooth ? ["SmoothQuant"] : Array.Empty<string>()];
        return new(model, new QuantizationReport(_options.Format.Name, string.Join("; ", method), Layers(best))
        {
            Methods = best.Methods,
            Pareto = search?.Pareto([.. best.Costs.Select(c => (c.Half, c.Quantized))]) ?? [],
            Outputs = outputs,
            Budget = search is null || _job.Budgets.IsEmpty ? [] : covered.Lines(search.Measured([.. all.Select(r => r is null)]), outputs),
            Engines = _engines?.Counts,
            Cache = _job.Cache is { } cache ? (Matched(plan, cache.Scales), cache.Scales.Count) : null,
            Warnings = [.. best.Warnings],
        })
        {
            Scales = [.. plan.Groups.SelectMany((g, i) => g.Select(v => KeyValuePair.Create(v.Name, setting.Scales[i])))],
        };
    }

    /// <summary>Plans, calibrates and searches a form of the model.</summary>
    private Candidate Prepared(Model model, CoveredOutputs covered, bool isFirst = true)
    {
        QuantizationPlan plan = QuantizationPlanner.Plan(model.Graph, _options, _engines is null ? null : _engines.WhyNot);
        if (plan.Layers.IsEmpty) throw Nothing(plan.Kept);
        var warnings = new List<Diagnostic>();
        ScaleTable table = Calibrated(model, plan, warnings, isFirst ? _job.Calibration : _job.Calibration with { State = null });
        var sizes = new SampleShapes(model, _job.Operators, _job.Runner);
        LayerCost[] costs =
            [.. plan.Layers.Select(l => LayerCost.Of(l, model.Graph, sizes, _job.Device, _options.Format.HasActivations))];
        string?[] reasons = [.. plan.Layers.Select((l, i) => table.WhyNot(l) ?? WhySlow(costs[i]))];
        if (reasons.All(r => r is not null))
            throw Nothing([.. plan.Layers.Select((l, i) => new KeptLayer(l.Node, reasons[i]!)), .. plan.Kept]);
        var candidate = new Candidate(model, plan, table, costs, reasons, warnings) { Method = _options.Methods[0] };
        if (_measured is null) return candidate;
        _known ??= new(_job.Measurements, KeyOf(plan));
        var trials = new QuantizationTrials(_golden.Value, model, plan, _options, _job.Operators, _measured, _known,
            isFirst ? "plain" : "smooth", _job.Calibration.Cancellation);
        var search = new LayerSearch(plan, table, trials, _parts!, [.. reasons], _job.Progress);
        (candidate.Trials, candidate.Search) = (trials, search);
        (candidate.Method, candidate.Methods) = search.ChooseMethod(_options.Methods);
        search.Sweep(covered, search.AllLayers);
        if (_options.Methods.Length == 1) return candidate;
        if (search.Refine(_options.Methods, covered) is > 0 and var refined) candidate.Notes.Add($"{refined} groups of tensors by others");
        if (_options.Format.HasActivations && search.Correct((scales, part) => BiasCorrection.Of(
            model, plan, search.Allowed, _options, scales, _job.Operators, Samples(part)))) candidate.Notes.Add("bias correction");
        return candidate;
    }

    /// <summary>The model with smoothed activations; null where that cannot help.</summary>
    private Candidate? Smoothed(Candidate plain, CoveredOutputs covered) =>
        _measured is { Count: >= LeastSmoothed } && _options.Methods.Length > 1 && _job.Cache is null
        && Smoothing.Of(plain.Model, plain.Plan, _job.Operators, _measured) is { } model ? Prepared(model, covered, isFirst: false) : null;

    /// <summary>What identifies a search: the layers and their weights, the format, and the results of the FP32 model.</summary>
    private string KeyOf(QuantizationPlan plan) => MeasurementFile.KeyOf(
        $"{_options.Format.Name} {_options.PerChannel} {_options.Block} {_parts!.Count}",
        plan.Layers.Select(l => l.Node), plan.Layers.Select(l => l.Weight?.Data), _golden.Value);

    /// <summary>The measured samples of a part; all of them without a part.</summary>
    private SampleSubset Samples(int? part) => new(_job.Runner!, part is { } p ? _parts!.In(p) : _parts!.Measured);

    private string Where => _job.Source.Path ?? _job.Source.Graph.Name;

    private ScaleTable Calibrated(Model model, QuantizationPlan plan, List<Diagnostic> warnings, CalibrationOptions how)
    {
        ImmutableArray<ImmutableArray<MagnitudeHistogram>> histograms = [];
        IReadOnlyDictionary<string, float>? cached = _job.Cache?.Scales;
        if (!plan.Groups.IsEmpty && cached is not null && Matched(plan, cached) is var matched)
        {
            if (matched == 0) throw QuantizationCodes.OtherCache.Error(
                Where, $"0 of its {cached.Count} names are tensors that need a scale, for instance '{plan.Groups[0][0].Name}'");
            if (plan.Groups.Count(g => !g.Any(v => cached.ContainsKey(v.Name))) is > 0 and var lacking)
                warnings.Add(QuantizationCodes.CacheLacks.At(Where,
                    $"{matched} of its {cached.Count} names match; {lacking} of {plan.Groups.Length} scales are not in it"));
        }
        if (!plan.Groups.IsEmpty && _job.Runner is { } runner)
            histograms = Calibrator.Collect(model, plan.Groups, runner, how, _parts);
        else if (!plan.Groups.IsEmpty && cached is null)
            throw QuantizationCodes.NoSamples.Error(Where, $"{_options.Format.Name} needs the ranges of activations");
        var scales = new ScaleTable(plan, histograms, cached, _options.Format);
        warnings.AddRange(scales.Zeros.Select(v => QuantizationCodes.ZeroActivation.At(v.Name, "it is 0 on all samples")));
        return scales;
    }

    private static int Matched(QuantizationPlan plan, IReadOnlyDictionary<string, float> scales) =>
        plan.Groups.Sum(g => g.Count(v => scales.ContainsKey(v.Name)));

    private string? WhySlow(LayerCost cost) => _options.SmallLayers || cost.Gain > LeastGain ? null : string.Create(
        System.Globalization.CultureInfo.InvariantCulture,
        $"FP16 is as fast: {cost.Half:F1} us, quantized {cost.Quantized:F1} us with the kernels for its pairs (estimated)");

    /// <summary>Takes layers out until the budgets hold.</summary>
    private void Restrict(LayerSearch search, CoveredOutputs covered, string?[] reasons)
    {
        // FP16 in the other layers makes noise too: then half of the budget's noise is for it.
        double margin = _job.Rest is null ? 0 : 10 * Math.Log10(2);
        bool[] within = search.Within(covered, margin) ?? search.Within(covered, 0) ?? throw QuantizationCodes.BudgetUnreachable.Error(
            string.Join(", ", _job.Budgets.Select(b => $"--budget {b}")),
            $"with no layer quantized: {covered.Worst(search.Measured(new bool[reasons.Length]))}");
        for (int l = 0; l < reasons.Length; l++)
            if (!within[l]) reasons[l] ??= $"the budget {string.Join(", ", _job.Budgets)} needs it";
    }

    /// <summary>Builds the model; layers that cost an engine, or that no engine takes quantized, are left out.</summary>
    private (Model Model, ImmutableArray<OutputMeasure> Outputs) Written(Candidate best, Setting setting)
    {
        (Model rest, Func<Node, Node> copyOf) = Rest(best.Model);
        string?[] reasons = best.Reasons;
        while (true)
        {
            bool[] chosen = [.. reasons.Select(r => r is null)];
            var edits = LayerEdits.Of(best.Plan, chosen, setting, _options, copyOf, n => _engines?.PairOf(n) ?? 0);
            Model model = QuantizedGraph.Of(rest, _job.Operators, edits, setting.Scales, _options.Format);
            if (_engines?.Objections(model, best.Plan, chosen) is not { Count: > 0 } objections)
                return (model, _measured is null ? [] : OutputMeasure.Of(_job.Source, Emulator.Emulate(model, _job.Operators), _measured));
            foreach ((int layer, string reason) in objections) reasons[layer] = reason;
            if (reasons.All(r => r is not null))
                throw (objections.Count == chosen.Count(c => c) ? QuantizationCodes.FormatLacking : QuantizationCodes.NothingToQuantize)
                    .Error(_job.Compiler!.Target, $"{_options.Format.Name}: {objections[0].Reason}");
        }
    }

    /// <summary>The model whose layers get pairs: in FP32, or in 16 bits where that is safe.</summary>
    private (Model Model, Func<Node, Node> CopyOf) Rest(Model model)
    {
        if (_job.Rest is not { } precision) return (model, n => n);
        ConvertedModel converted = MixedPrecisionConverter.Convert(model, _job.Operators, precision);
        return (converted.Model, n => converted.Placed.GetValueOrDefault(n, n));
    }

    private static ImmutableArray<LayerReport> Layers(Candidate best)
    {
        var layers = best.Plan.Layers.Select((l, i) => (l.Node, new LayerReport(l.Node.DisplayName, l.Node.Op.ToString(), best.Reasons[i],
            best.Costs[i].Half, best.Costs[i].Quantized, best.Search is { } search && search.Allowed[i] ? search.Decibels[i] : null)));
        var kept = best.Plan.Kept.Select(
            k => (k.Node, new LayerReport(k.Node.DisplayName, k.Node.Op.ToString(), k.Reason, double.NaN, double.NaN, null)));
        Dictionary<Node, int> order = Nodes(best.Model.Graph).Distinct().Select((n, i) => (n, i)).ToDictionary(x => x.n, x => x.i);
        return [.. layers.Concat(kept).OrderBy(l => order[l.Node]).Select(l => l.Item2)];

        static IEnumerable<Node> Nodes(Graph graph) =>
            graph.Nodes.SelectMany(n => n.Attributes.Bodies().SelectMany(Nodes).Append(n));
    }

    private ModelException Nothing(IReadOnlyList<KeptLayer> kept)
    {
        const int MostReasons = 4;
        if (kept.Count == 0)
            return QuantizationCodes.NothingToQuantize.Error(Where, "it has no convolution or matrix product");
        var reasons = kept.GroupBy(k => k.Reason).OrderByDescending(g => g.Count()).ToArray();
        return QuantizationCodes.NothingToQuantize.Error(Where, string.Join("; ", reasons.Take(MostReasons).Select(
            g => $"{g.Count()} layers: {g.Key}, for instance {g.First().Node.Label}"))
            + (reasons.Length > MostReasons ? $"; and {reasons.Length - MostReasons} more reasons" : ""));
    }
}
