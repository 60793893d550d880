using GraphPartition.Compiler.Import.Opsets;

namespace GraphPartition.MixedPrecision.Ranges;

/// <summary>
/// The ranges of all FP32 values of a graph, inputs and values in bodies too, in one run of the model for each sample.
/// </summary>
public sealed class SampleRanges
{
    /// <summary>Values that are kept until a run ends; a model with more runs once for each part.</summary>
    private const int MostAtOnce = 1000;

    private readonly Dictionary<Value, ValueRange> _ranges = [];

    private SampleRanges() { }

    /// <summary>The range of a value; null: it is a constant, no FP32 tensor, in a body that did not run or hides it, or no
    /// sample was run.</summary>
    public ValueRange? Of(Value value) => _ranges.TryGetValue(value, out ValueRange range) && range.Count > 0 ? range : null;

    /// <summary>Runs a model on all samples.</summary>
    /// <param name="model">The model in FP32; parts in 16 bits are run as they are.</param>
    /// <param name="format">The format whose losses are measured; null: none.</param>
    /// <param name="runner">Runs the model.</param>
    public static SampleRanges Observe(Model model, LowFormat? format, ISampleRunner runner)
    {
        var ranges = new SampleRanges();
        Value[] values = [.. model.Graph.Inputs.Concat(model.Graph.Nodes.SelectMany(n => n.Outputs).OfType<Value>())
            .Where(v => v.ElementType == ElementType.Float32)];
        foreach (Value[] part in values.Chunk(MostAtOnce)) ranges.Observe(model, part, part, format, runner);
        if (model.Graph.Nodes.Any(n => !n.Attributes.Bodies().IsEmpty)) ranges.ObserveBodies(model, format, runner);
        return ranges;
    }

    /// <summary>Runs a model whose outputs are values of another one.</summary>
    /// <param name="model">The model.</param>
    /// <param name="values">The values.</param>
    /// <param name="first">The number of the output that is the first of them.</param>
    /// <param name="more">Inputs that are in no sample.</param>
    /// <param name="runner">Runs the model.</param>
    internal static SampleRanges Observe(
        Model model, Value[] values, int first, IReadOnlyDictionary<string, TensorData> more, ISampleRunner runner)
    {
        var ranges = new SampleRanges();
        using ISampleSession session = runner.Load(OpsetExport.Lowest(model));
        ranges.Add(session, values, first, more, null, runner.Count);
        return ranges;
    }

    private void ObserveBodies(Model model, LowFormat? format, ISampleRunner runner)
    {
        (Graph graph, IReadOnlyDictionary<Value, Value> seen) = BodyValues.In(model.Graph);
        foreach (Value[] part in seen.Keys.Chunk(MostAtOnce))
        {
            try
            {
                Observe(model with { Graph = graph }, [.. part.Select(v => seen[v])], part, format, runner);
            }
            catch (EnvironmentException) // without ranges the rules about operators decide
            {
            }
        }
    }

    private void Observe(Model model, Value[] outputs, Value[] values, LowFormat? format, ISampleRunner runner)
    {
        using ISampleSession session = runner.Load(OpsetExport.Lowest(model.WithOutputs(outputs)));
        Add(session, values, 0, ImmutableDictionary<string, TensorData>.Empty, format, runner.Count);
    }

    private void Add(ISampleSession session, Value[] values, int first, IReadOnlyDictionary<string, TensorData> more, LowFormat? format,
        int samples)
    {
        int[] outputs = [.. Enumerable.Range(first, values.Length)];
        for (int sample = 0; sample < samples; sample++)
        {
            ImmutableArray<TensorData?> results = session.Run(sample, outputs, more);
            for (int i = 0; i < values.Length; i++)
                if (results[i] is { Element: ElementType.Float32 } tensor)
                    _ranges[values[i]] = _ranges.GetValueOrDefault(values[i], ValueRange.None).With(tensor.As<float>(), format);
        }
    }
}
