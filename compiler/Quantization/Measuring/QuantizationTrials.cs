using System.Runtime.InteropServices;
using System.Security.Cryptography;
using GraphPartition.Compiler.Import.Opsets;
using GraphPartition.MixedPrecision.Budgets;
using GraphPartition.MixedPrecision.Measuring;
using GraphPartition.Quantization.Corrections;
using GraphPartition.Quantization.Placement;

namespace GraphPartition.Quantization.Measuring;

/// <summary>Measures choices of layers and settings: one session, any number of choices. None is measured twice.</summary>
internal sealed class QuantizationTrials : IDisposable
{
    private readonly ISampleSession _session;
    private readonly GoldenOutputs _golden;
    private readonly MeasurementFile _known;
    private readonly string _form;
    private readonly int[] _outputs;
    private readonly bool _hasScales;
    private readonly (int Layer, int Channels)[] _biases;
    private readonly CancellationToken _cancellation;

    /// <summary>Prepares trials.</summary>
    /// <param name="golden">The outputs of the FP32 model as it was read: what is right.</param>
    /// <param name="model">The model after the passes.</param>
    /// <param name="plan">Its layers.</param>
    /// <param name="options">The format.</param>
    /// <param name="operators">What is known of operators.</param>
    /// <param name="runner">Runs models on the measured samples.</param>
    /// <param name="known">What was measured already.</param>
    /// <param name="form">The name of this form of the model, in what was measured.</param>
    /// <param name="cancellation">Stops between two measurements.</param>
    public QuantizationTrials(GoldenOutputs golden, Model model, QuantizationPlan plan, QuantizationOptions options,
        OperatorTable operators, ISampleRunner runner, MeasurementFile known, string form, CancellationToken cancellation)
    {
        (_golden, _hasScales, _known, _form) = (golden, !plan.Groups.IsEmpty, known, form);
        _cancellation = cancellation;
        _biases = [.. plan.Layers.Select((l, i) => (l, i)).Where(x => BiasCorrection.HasBias(x.l))
            .Select(x => (x.i, BiasCorrection.ChannelsOf(x.l)))];
        _outputs = [.. Enumerable.Range(0, _golden.Names.Length)];
        _session = runner.Load(OpsetExport.Lowest(SwitchedLayers.Of(model, plan, options, operators)));
    }

    /// <summary>How many choices were measured.</summary>
    public int Count { get; private set; }

    /// <summary>Measures the outputs of a choice.</summary>
    /// <param name="isOn">For each layer: whether it is quantized.</param>
    /// <param name="setting">The scales and corrections.</param>
    /// <param name="samples">How many samples to run, from the first on.</param>
    /// <exception cref="OperationCanceledException">It was canceled; the file of measurements has what was done.</exception>
    public ImmutableArray<OutputMeasure> Measure(bool[] isOn, Setting setting, int samples) => Measure(isOn, setting, 0, samples);

    /// <summary>Measures the outputs of a choice on one sample.</summary>
    public ImmutableArray<OutputMeasure> MeasureOne(bool[] isOn, Setting setting, int sample) => Measure(isOn, setting, sample, 1);

    /// <inheritdoc/>
    public void Dispose() => _session.Dispose();

    private ImmutableArray<OutputMeasure> Measure(bool[] isOn, Setting setting, int first, int samples)
    {
        _cancellation.ThrowIfCancellationRequested();
        return _known.Measures($"{_form}:{first}:{samples}:{KeyOf(isOn, setting)}", () =>
        {
            Count++;
            Dictionary<string, TensorData> inputs = Inputs(isOn, setting);
            ImmutableArray<TensorData?>[] given = [.. Enumerable.Range(first, samples).Select(s => _session.Run(s, _outputs, inputs))];
            var measures = ImmutableArray.CreateBuilder<OutputMeasure>();
            for (int o = 0; o < _outputs.Length; o++)
                if (OutputMeasure.Of(_golden.Names[o], given.Select((g, s) => (_golden.Results[first + s][o], g[o]))) is { } measure)
                    measures.Add(measure);
            return measures.ToImmutable();
        });
    }

    private Dictionary<string, TensorData> Inputs(bool[] isOn, Setting setting)
    {
        var inputs = new Dictionary<string, TensorData>
        {
            [SwitchedLayers.Switches] = new MemoryTensor(ElementType.Bool, [isOn.Length], MemoryMarshal.AsBytes(isOn.AsSpan()).ToArray()),
        };
        if (_hasScales) inputs[SwitchedLayers.Scales] = TensorData.Of<float>(ElementType.Float32, setting.Scales, setting.Scales.Length);
        foreach ((int layer, int channels) in _biases)
            inputs[SwitchedLayers.CorrectionOf(layer)] = TensorData.Of<float>(ElementType.Float32,
                isOn[layer] && setting.CorrectionOf(layer) is { } correction ? correction : new float[channels], channels);
        return inputs;
    }

    private static string KeyOf(bool[] isOn, Setting setting)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(MemoryMarshal.AsBytes(isOn.AsSpan()));
        hash.AppendData(MemoryMarshal.AsBytes(setting.Scales.AsSpan()));
        foreach (float[]? correction in setting.Corrections)
            hash.AppendData(correction is null ? [0] : MemoryMarshal.AsBytes(correction.AsSpan()));
        return Convert.ToHexString(hash.GetHashAndReset());
    }
}
