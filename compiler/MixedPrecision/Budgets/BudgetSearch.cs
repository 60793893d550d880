using GraphPartition.MixedPrecision.Choice;
using GraphPartition.MixedPrecision.Diagnostics;
using GraphPartition.MixedPrecision.Emulation;
using GraphPartition.MixedPrecision.Measuring;
using GraphPartition.MixedPrecision.Search;

namespace GraphPartition.MixedPrecision.Budgets;

/// <summary>
/// Finds few nodes that must stay in FP32 so that a budget holds on samples. The rules of the operators come first: only nodes that they
/// allow to become 16 bits are searched. Deterministic: equal models, samples and options give equal results.
/// </summary>
public sealed class BudgetSearch : IDisposable
{
    private readonly Model _model;
    private readonly OperatorTable _operators;
    private readonly PrecisionOptions _precision;
    private readonly BudgetOptions _options;
    private readonly GraphPlan _plan;
    private readonly CoveredOutputs _outputs;
    private readonly PrecisionTrials _trials;
    private readonly MeasurementFile _known;
    private readonly int _samples;

    private BudgetSearch(
        Model source, Model model, OperatorTable operators, PrecisionOptions precision, BudgetOptions options, ISampleRunner runner)
    {
        (_model, _operators, _precision, _options, _samples) = (model, operators, precision, options, runner.Count);
        _outputs = new(options.Budgets, model.Graph);
        _plan = MixedPrecisionConverter.Planned(model, operators, precision).Plan;
        GoldenOutputs golden = GoldenOutputs.Of(Emulator.Emulate(source, operators), runner);
        SwitchedModel switched = SwitchedModel.Of(model, _plan, precision.Format, clamps: true, operators, []);
        _trials = new(switched, golden, runner);
        _known = new(options.Measurements, MeasurementFile.KeyOf(precision.Format.Name, _trials.Nodes, [], golden));
    }

    private int Count => _trials.Nodes.Length;

    /// <summary>Searches.</summary>
    /// <param name="source">The FP32 model as it was read: what is right.</param>
    /// <param name="model">The model after the passes, which is to be converted.</param>
    /// <param name="operators">What is known of operators.</param>
    /// <param name="precision">The format and what stays anyway.</param>
    /// <param name="options">The budgets.</param>
    /// <param name="runner">Runs models on the samples.</param>
    /// <exception cref="ModelException">As <see cref="MixedPrecisionConverter.Convert"/>; GP3111: the FP32 model gives NaN; GP3112: a budget names no output; GP3113: no choice meets it;
    /// GP3114: the check fails for the FP32 model; GP3115: the file of measurements is of another search.</exception>
    public static BudgetResult Find(Model source, Model model, OperatorTable operators, PrecisionOptions precision, BudgetOptions options,
        ISampleRunner runner)
    {
        using var search = new BudgetSearch(source, model, operators, precision, options, runner);
        return search.Run();
    }

    /// <inheritdoc/>
    public void Dispose() => _trials.Dispose();

    private BudgetResult Run()
    {
        int[] all = [.. Enumerable.Range(0, Count)];
        if (_options.Check is not null && !Checked(all))
            throw PrecisionCodes.CommandFails.Error("--budget-command", "it fails for the model with every node in FP32");
        bool isGrouped = Count > _options.Limits.MostUnits;
        int groups = Math.Max(1, _options.Limits.MostUnits / 2);
        int[][] units = isGrouped ? [.. all.Chunk((Count + groups - 1) / groups)] : [.. all.Select(n => new[] { n })];
        KeptSet kept = Search(units, _options.Limits with { Proof = isGrouped ? 0 : _options.Limits.Proof }) ?? throw Unreachable(all);
        while (kept.Units.Any(u => units[u].Length > 1))
        {
            const int Parts = 8;
            units = [.. kept.Units.SelectMany(u => units[u].Chunk((units[u].Length + Parts - 1) / Parts))];
            kept = Search(units, _options.Limits with { Proof = 0 })!; // all parts together are the last result, which holds
        }
        int[] nodes = [.. kept.Units.SelectMany(u => units[u]).Order()];
        return Result(nodes, isGrouped ? Math.Min(1, nodes.Length) : kept.LeastCount);
    }

    private KeptSet? Search(int[][] units, SearchLimits limits)
    {
        var search = new FewestUnits(units.Length, kept =>
        {
            _options.Progress?.Invoke($"measuring {kept.Count} in FP32", _known.Count, 0);
            return Shortfall([.. kept.SelectMany(u => units[u])]);
        }, limits);
        var noise = new double[units.Length];
        if (Shortfall([]) > 0)
            for (int u = 0; u < noise.Length; u++)
            {
                _options.Progress?.Invoke("noise of single nodes", u, noise.Length);
                var isLow = new bool[Count];
                foreach (int node in units[u]) isLow[node] = true;
                noise[u] = _outputs.Noise(Measured(isLow, Math.Min(_samples, limits.SweepSamples)));
            }
        return search.Find(noise);
    }

    private double Shortfall(int[] kept)
    {
        double shortfall = _outputs.Shortfall(Measured(ChoiceOf(kept), _samples));
        return shortfall > 0 || _options.Check is null || Checked(kept) ? shortfall : double.Epsilon;
    }

    private ImmutableArray<OutputMeasure> Measured(bool[] isLow, int samples) =>
        _known.Measures($"{samples}:{KeyOf(isLow)}", () => _trials.Measure(isLow, samples));

    private bool Checked(int[] kept) => _known.Check(KeyOf(ChoiceOf(kept)), () =>
        _options.Check!(MixedPrecisionConverter.Convert(_model, _operators, _precision with { Held = Held(kept, _ => "held") })));

    private bool[] ChoiceOf(int[] kept) =>
        _trials.ChoiceOf(GraphPlanner.Holding(_plan, kept.Select(n => _trials.Nodes[n]).ToHashSet()));

    private ImmutableDictionary<Node, string> Held(int[] kept, Func<int, string> reason) =>
        _precision.Held.AddRange(kept.Select(n => KeyValuePair.Create(_trials.Nodes[n], reason(n))));

    private BudgetResult Result(int[] kept, int least)
    {
        ImmutableArray<OutputMeasure> before = Measured(ChoiceOf([]), _samples), after = Measured(ChoiceOf(kept), _samples);
        var nodes = new Dictionary<int, BudgetNode>();
        foreach (int node in kept)
        {
            _options.Progress?.Invoke("worth of the kept nodes", nodes.Count, kept.Length);
            ImmutableArray<OutputMeasure> without = Measured(ChoiceOf([.. kept.Where(n => n != node)]), _samples);
            double worth = _outputs.Shortfall(without) - _outputs.Shortfall(after);
            nodes.Add(node, new(_trials.Nodes[node].DisplayName, _trials.Nodes[node].Op.ToString(), _outputs.Worst(without),
                double.IsNaN(worth) ? double.PositiveInfinity : worth));
        }
        string budget = string.Join(", ", _options.Budgets.Select(b => b.ToString()).DefaultIfEmpty("of the command"));
        return new(Held(kept, n => $"the budget {budget} needs it: without it {nodes[n].Without}"),
            new(_outputs.Lines(before, after), [.. kept.Select(n => nodes[n])], Count, least, _known.Count, after));
    }

    private ModelException Unreachable(int[] all)
    {
        string best = _outputs.Worst(Measured(ChoiceOf(all), _samples));
        string why = _precision.ConvertsInterface ? "inputs and outputs get the format (--io-precision)"
            : "the passes before the conversion change the order of sums, or weights (--passes none keeps them)";
        return PrecisionCodes.BudgetUnreachable.Error(string.Join(", ", _options.Budgets.Select(b => $"--budget {b}")),
            $"the best possible is {best}, with every node in FP32; {why}");
    }

    private static string KeyOf(bool[] isLow)
    {
        var bytes = new byte[(isLow.Length + 7) / 8];
        for (int i = 0; i < isLow.Length; i++)
            if (isLow[i]) bytes[i / 8] |= (byte)(1 << (i % 8));
        return Convert.ToBase64String(bytes);
    }
}
