using GraphPartition.Compiler.Import.Opsets;

namespace GraphPartition.MixedPrecision.Ranges;

/// <summary>The ranges of all FP32 values of a main graph, inputs too, in one run of the model for each sample.</summary>
public sealed class SampleRanges
{
    /// <summary>Values that are kept until a run ends; a model with more runs once for each part.</summary>
    private const int MostAtOnce = 1000;

    private readonly Dictionary<Value, ValueRange> _ranges = [];

    private SampleRanges() { }

    /// <summary>The range of a value; null: it is in a body, a constant, no FP32 tensor, or no sample was run.</summary>
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
        foreach (Value[] part in values.Chunk(MostAtOnce)) ranges.Observe(model, part, format, runner);
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

    private void Observe(Model model, Value[] values, LowFormat? format, ISampleRunner runner)
    {
        using ISampleSession session = runner.Load(OpsetExport.Lowest(model.WithOutputs(values)));
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
