using GraphPartition.Foundation;
using GraphPartition.Ir.Graphs;
using GraphPartition.Onnx.Writing;
using GraphPartition.Runtime.Diagnostics;
using GraphPartition.Runtime.Options;
using GraphPartition.Runtime.Ort;
using Microsoft.ML.OnnxRuntime;

namespace GraphPartition.Gpc.Services;

/// <summary>Plain ONNX Runtime on a model file: the reference for results and latencies.</summary>
internal sealed class PlainSession : IDisposable
{
    private readonly InferenceSession _session;
    private readonly string[] _inputs;
    private readonly string[] _outputs;

    private PlainSession(InferenceSession session)
    {
        _session = session;
        _inputs = [.. session.InputNames];
        _outputs = [.. session.OutputNames];
    }

    /// <summary>Loads a model file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="options">How it runs.</param>
    /// <param name="content">Its graph, for faults of ONNX Runtime that it may cause; null: not known.</param>
    /// <exception cref="EnvironmentException">GP5032: ONNX Runtime refuses the file.</exception>
    public static PlainSession Load(string path, ModelSessionOptions options, Graph? content = null)
    {
        // The import gives such a node a bias without a name; the file has none, which ends the process.
        if (content?.Nodes.FirstOrDefault(n => n.Op is { Domain: "com.microsoft", Type: "Attention" }
            && n.Input(2) is { IsConstant: true, Name: "" }) is { } node)
            throw new EnvironmentException(RuntimeCodes.RuntimeRefuses, path, $"its kernel for CPUs reads a bias that {node.Label} lacks");
        return Guarded(RuntimeCodes.RuntimeRefuses, path,
            () => new PlainSession(With(options, content, path, session => new InferenceSession(path, session))));
    }

    /// <summary>Loads a model in memory, for files that ONNX Runtime cannot read (MindIR).</summary>
    public static PlainSession Load(Model model, ModelSessionOptions options) =>
        Guarded(
            RuntimeCodes.RuntimeRefuses, model.Graph.Name, () => new PlainSession(
                With(options, model.Graph, null, session => new InferenceSession(OnnxWriter.ToBytes(model), session))));

    private static InferenceSession With(
        ModelSessionOptions options, Graph? content, string? path, Func<SessionOptions, InferenceSession> create)
    {
        using SessionOptions session = OrtSessionFactory.ForReference(options, content);
        if (path is not null && options.Probe is { } probe)
            session.GraphOptimizationLevel = new IsolatedCreation(probe).LevelFor(path, session.GraphOptimizationLevel);
        return create(session);
    }

    /// <summary>Runs with values by input name. Inputs without a value keep their defaults. Floats get the width of the input.</summary>
    public RunResult Run(IReadOnlyDictionary<string, OrtValue> feeds) => Guarded(RuntimeCodes.RuntimeFailed, "onnxruntime", () =>
    {
        using var options = new RunOptions();
        Dictionary<string, OrtValue> values = feeds.Where(f => _inputs.Contains(f.Key)).ToDictionary(), own = [];
        try
        {
            foreach ((string name, OrtValue value) in values)
                if (_session.InputMetadata[name] is { IsTensor: true } wanted
                    && FloatFeeds.In((ElementType)wanted.ElementDataType, value) is { } other) own.Add(name, other);
            foreach ((string name, OrtValue other) in own) values[name] = other;
            return OptionalResults.Run(_session, options, values, _outputs);
        }
        finally
        {
            foreach (OrtValue other in own.Values) other.Dispose();
        }
    });

    public void Dispose() => _session.Dispose();

    private static T Guarded<T>(DiagnosticCode code, string where, Func<T> action)
    {
        try
        {
            return action();
        }
        catch (OnnxRuntimeException e)
        {
            throw new EnvironmentException(code, where, e.Message.ReplaceLineEndings(" ").Trim(), e);
        }
    }
}
