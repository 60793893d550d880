using System.Collections.Immutable;
using GraphPartition.CompiledModels;
using GraphPartition.Ir.Graphs;
using GraphPartition.Operators;
using GraphPartition.Runtime.Options;
using GraphPartition.Runtime.Ort;
using Microsoft.ML.OnnxRuntime;

namespace GraphPartition.Gpc.Services;

/// <summary>The values that reach engines, for each sample, from runs of the model in FP32 on ONNX Runtime.</summary>
internal sealed class EngineInputs : IDisposable
{
    private readonly List<RunResult> _results = [];

    /// <summary>Runs the model.</summary>
    /// <param name="compiled">The compiled model.</param>
    /// <param name="groups">The groups whose inputs are needed.</param>
    /// <param name="samples">The inputs of the model by name, for each run.</param>
    /// <param name="operators">What is known of operators.</param>
    /// <param name="originals">The FP32 constants that 16-bit constants were made from.</param>
    /// <param name="run">How sessions run.</param>
    public EngineInputs(CompiledModel compiled, IReadOnlyList<PlacedGroup> groups,
        IReadOnlyList<IReadOnlyDictionary<string, OrtValue>> samples, OperatorTable operators, IReadOnlyDictionary<Value, Value> originals,
        ModelSessionOptions run)
    {
        HashSet<Value> given = [.. compiled.Model.Graph.Inputs];
        Value[] needed = [.. groups.SelectMany(g => g.Segment.Inputs).Where(v => !given.Contains(v)).Distinct()];
        using PlainSession? session = needed.Length == 0 ? null
            : PlainSession.Load(EngineJudge.InFullPrecision(compiled.Model.WithOutputs(needed), operators, originals), run);
        Samples = [.. samples.Select(sample =>
        {
            var values = new Dictionary<string, OrtValue>(sample);
            if (session is null) return values;
            RunResult result = session.Run(sample);
            _results.Add(result);
            for (int i = 0; i < needed.Length; i++) values[needed[i].Name] = result.Values[i];
            return values;
        })];
    }

    /// <summary>For each sample the inputs of the model and the values that reach its engines, by name.</summary>
    public ImmutableArray<Dictionary<string, OrtValue>> Samples { get; }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (RunResult result in _results) result.Dispose();
    }
}
