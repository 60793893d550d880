using System.Runtime.InteropServices;
using GraphPartition.Compiler.Import.Opsets;
using GraphPartition.MixedPrecision.Measuring;
using GraphPartition.Quantization.Corrections;
using GraphPartition.Quantization.Placement;

namespace GraphPartition.Quantization.Measuring;

/// <summary>Measures choices of layers and scales: one session, any number of choices.</summary>
public sealed class QuantizationTrials : IDisposable
{
    private readonly ISampleRunner _runner;
    private readonly ISampleSession _session;
    private readonly GoldenOutputs _golden;
    private readonly int[] _outputs;
    private readonly bool _hasScales;
    private readonly (int Layer, int Channels)[] _biases;

    /// <summary>Prepares trials.</summary>
    /// <param name="source">The FP32 model as it was read: what is right.</param>
    /// <param name="model">The model after the passes.</param>
    /// <param name="plan">Its layers.</param>
    /// <param name="options">The format.</param>
    /// <param name="operators">What is known of operators.</param>
    /// <param name="runner">Runs models on the samples.</param>
    /// <exception cref="ModelException">GP3111: the FP32 model gives NaN.</exception>
    public QuantizationTrials(
        Model source, Model model, QuantizationPlan plan, QuantizationOptions options, OperatorTable operators, ISampleRunner runner)
    {
        (_runner, _golden, _hasScales) = (runner, GoldenOutputs.Of(source, runner), !plan.Groups.IsEmpty);
        _biases = [.. plan.Layers.Select((l, i) => (l, i)).Where(x => BiasCorrection.HasBias(x.l))
            .Select(x => (x.i, BiasCorrection.ChannelsOf(x.l)))];
        _outputs = [.. Enumerable.Range(0, _golden.Names.Length)];
        _session = runner.Load(OpsetExport.Lowest(SwitchedLayers.Of(model, plan, options, operators)));
    }

    /// <summary>For each layer what is added to its bias where it is quantized; empty: nothing.</summary>
    public float[]?[] Corrections { get; set; } = [];

    /// <summary>How many choices were measured.</summary>
    public int Count { get; private set; }

    /// <summary>Measures the outputs of a choice.</summary>
    /// <param name="isOn">For each layer: whether it is quantized.</param>
    /// <param name="scales">The scale of each group.</param>
    /// <param name="samples">How many samples to run.</param>
    public ImmutableArray<OutputMeasure> Measure(bool[] isOn, float[] scales, int samples = int.MaxValue)
    {
        Count++;
        var inputs = new Dictionary<string, TensorData>
        {
            [SwitchedLayers.Switches] = new MemoryTensor(ElementType.Bool, [isOn.Length], MemoryMarshal.AsBytes(isOn.AsSpan()).ToArray()),
        };
        if (_hasScales) inputs[SwitchedLayers.Scales] = TensorData.Of<float>(ElementType.Float32, scales, scales.Length);
        foreach ((int layer, int channels) in _biases)
            inputs[SwitchedLayers.CorrectionOf(layer)] = TensorData.Of<float>(ElementType.Float32,
                Corrections.Length > 0 && isOn[layer] && Corrections[layer] is { } correction ? correction : new float[channels], channels);
        ImmutableArray<TensorData?>[] given =
            [.. Enumerable.Range(0, Math.Min(samples, _runner.Count)).Select(s => _session.Run(s, _outputs, inputs))];
        var measures = ImmutableArray.CreateBuilder<OutputMeasure>();
        for (int o = 0; o < _outputs.Length; o++)
            if (OutputMeasure.Of(_golden.Names[o], given.Select((g, s) => (_golden.Results[s][o], g[o]))) is { } measure)
                measures.Add(measure);
        return measures.ToImmutable();
    }

    /// <inheritdoc/>
    public void Dispose() => _session.Dispose();
}
