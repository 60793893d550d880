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
    public static PlainSession Load(string path, ModelSessionOptions options) =>
        Guarded(path, () => new PlainSession(With(options, session => new InferenceSession(path, session))));

    /// <summary>Loads a model in memory, for files that ONNX Runtime cannot read (MindIR).</summary>
    public static PlainSession Load(Model model, ModelSessionOptions options) =>
        Guarded(
            model.Graph.Name, () => new PlainSession(With(options, session => new InferenceSession(OnnxWriter.ToBytes(model), session))));

    private static InferenceSession With(ModelSessionOptions options, Func<SessionOptions, InferenceSession> create)
    {
        using SessionOptions session = OrtSessionFactory.ForReference(options);
        return create(session);
    }

    /// <summary>Runs with values by input name. Inputs without a value keep their defaults.</summary>
    public IDisposableReadOnlyCollection<OrtValue> Run(IReadOnlyDictionary<string, OrtValue> feeds) => Guarded("onnxruntime", () =>
    {
        using var options = new RunOptions();
        string[] names = [.. _inputs.Where(feeds.ContainsKey)];
        return _session.Run(options, names, [.. names.Select(n => feeds[n])], _outputs);
    });

    public void Dispose() => _session.Dispose();

    private static T Guarded<T>(string where, Func<T> action)
    {
        try
        {
            return action();
        }
        catch (OnnxRuntimeException e)
        {
            throw new EnvironmentException(RuntimeCodes.RuntimeFailed, where, e.Message, e);
        }
    }
}
