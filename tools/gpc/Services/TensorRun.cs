using System.Collections.Immutable;
using GraphPartition.Compiler.Import.Opsets;
using GraphPartition.Ir.Graphs;
using GraphPartition.MixedPrecision.Emulation;
using GraphPartition.Onnx.Reading;
using GraphPartition.Operators;
using GraphPartition.Runtime.Options;
using GraphPartition.Runtime.Ort;
using Microsoft.ML.OnnxRuntime;

namespace GraphPartition.Gpc.Services;

/// <summary>
/// Runs a model for some of its values. The emulation has the FP32 form of a 16-bit value under the same name; only of outputs it has both.
/// </summary>
internal sealed class TensorRun : IDisposable
{
    private readonly ImmutableArray<Value> _values;
    private readonly Value[] _outputs;
    private readonly PlainSession _session;

    /// <summary>Loads a model.</summary>
    /// <param name="model">The model.</param>
    /// <param name="values">The values that are wanted.</param>
    /// <param name="operators">What is known of operators.</param>
    /// <param name="options">How the session is made.</param>
    public TensorRun(Model model, ImmutableArray<Value> values, OperatorTable operators, ModelSessionOptions options)
    {
        Model emulated = Emulator.Emulate(model, operators);
        var named = new Dictionary<string, Value>();
        foreach (Value v in emulated.Graph.Outputs.Concat(emulated.Graph.Nodes.SelectMany(n => n.Outputs).OfType<Value>()))
            named.TryAdd(v.Name, v);
        _values = values;
        _outputs = [.. values.Select(v => named.GetValueOrDefault(v.Name)).OfType<Value>().Distinct()];
        _session = PlainSession.Load(OpsetExport.Lowest(emulated.WithOutputs(_outputs)), options);
    }

    /// <summary>The values on a sample; null where the emulation lacks one.</summary>
    public NamedValue?[] On(IReadOnlyDictionary<string, OrtValue> feeds)
    {
        using var results = _session.Run(feeds);
        Dictionary<string, DataValue> found = _outputs.Zip(results.Values).ToDictionary(r => r.First.Name, r => OrtValues.ToData(r.Second));
        return [.. _values.Select(NamedValue? (v) => found.TryGetValue(v.Name, out DataValue? data) ? new NamedValue(v.Name, data) : null)];
    }

    /// <inheritdoc/>
    public void Dispose() => _session.Dispose();
}
