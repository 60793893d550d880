using GraphPartition.Compiler.Import.Opsets;
using GraphPartition.MixedPrecision.Choice;

namespace GraphPartition.MixedPrecision.Measuring;

/// <summary>Measures choices of precision of one model: one session, any number of choices.</summary>
internal sealed class PrecisionTrials : IDisposable
{
    private readonly ISampleRunner _runner;
    private readonly ISampleSession _session;
    private readonly SwitchedModel _model;
    private readonly int[] _outputs;

    public PrecisionTrials(SwitchedModel model, GoldenOutputs golden, ISampleRunner runner)
    {
        (_model, _runner, Golden) = (model, runner, golden);
        _outputs = [.. Enumerable.Range(0, golden.Names.Length)];
        _session = runner.Load(OpsetExport.Lowest(model.Model));
    }

    /// <summary>What is right.</summary>
    public GoldenOutputs Golden { get; }

    /// <summary>The nodes that can be switched.</summary>
    public ImmutableArray<Node> Nodes => _model.Nodes;

    /// <summary>Measures the outputs of a choice on the first samples.</summary>
    /// <param name="isLow">For each node: whether it computes in 16 bits.</param>
    /// <param name="samples">How many samples to run.</param>
    public ImmutableArray<OutputMeasure> Measure(bool[] isLow, int samples)
    {
        ImmutableArray<TensorData?>[] given = [.. Enumerable.Range(0, samples).Select(s => Run(isLow, s, _outputs))];
        var measures = ImmutableArray.CreateBuilder<OutputMeasure>();
        for (int o = 0; o < _outputs.Length; o++)
            if (OutputMeasure.Of(Golden.Names[o], given.Select((g, s) => (Golden.Results[s][o], g[o]))) is { } measure)
                measures.Add(measure);
        return measures.ToImmutable();
    }

    /// <summary>Measures the outputs of a choice on all samples.</summary>
    public ImmutableArray<OutputMeasure> Measure(bool[] isLow) => Measure(isLow, _runner.Count);

    /// <summary>Runs one sample.</summary>
    /// <param name="isLow">For each node: whether it computes in 16 bits.</param>
    /// <param name="sample">The sample.</param>
    /// <param name="outputs">The numbers of the wanted outputs.</param>
    public ImmutableArray<TensorData?> Run(bool[] isLow, int sample, IReadOnlyList<int> outputs) =>
        _session.Run(sample, outputs, _model.Setting(isLow));

    /// <summary>Which nodes a plan computes in 16 bits, by their numbers here.</summary>
    public bool[] ChoiceOf(GraphPlan plan)
    {
        var low = new HashSet<Node>();
        Collect(plan);
        return [.. Nodes.Select(low.Contains)];

        void Collect(GraphPlan part)
        {
            for (int n = 0; n < part.IsLow.Length; n++)
                if (part.IsLow[n]) low.Add(part.Graph.Nodes[n]);
            foreach (GraphPlan body in part.Bodies.Values) Collect(body);
        }
    }

    public void Dispose() => _session.Dispose();
}
