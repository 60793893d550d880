using GraphPartition.Compiler.Import;
using GraphPartition.Compiler.Import.Opsets;
using GraphPartition.Foundation;
using GraphPartition.Gpc.Services;
using GraphPartition.Ir.Graphs;
using GraphPartition.Ir.Tensors;
using GraphPartition.Runtime.MadeUp;
using GraphPartition.Runtime.Options;
using GraphPartition.Runtime.Ort;
using Microsoft.ML.OnnxRuntime;

namespace GraphPartition.Gpc.Inputs;

/// <summary>
/// Runs a model in plain ONNX Runtime on the CPU, to see whether inputs fit. Graph optimization is off: it takes longer than the run.
/// </summary>
internal sealed class DryRun : IDisposable
{
    private readonly PlainSession? _session;

    /// <summary>Loads a model.</summary>
    /// <param name="source">The model as it was read.</param>
    /// <param name="path">Its file.</param>
    /// <param name="options">How sessions are made.</param>
    public DryRun(Model source, string path, ModelSessionOptions options)
    {
        ModelSessionOptions plain = new() { CustomOperators = options.CustomOperators, Threads = options.Threads, Optimize = false };
        try
        {
            _session = ModelFormat.Of(path).IsOnnx ? PlainSession.Load(path, plain)
                : PlainSession.Load(OpsetExport.Lowest(source), plain);
        }
        catch (Exception e) when (e is EnvironmentException or ModelException)
        {
            // The run itself reports why ONNX Runtime rejects the model.
        }
    }

    /// <summary>Runs the model.</summary>
    /// <returns>Why it fails; null if it ends well, or cannot run in ONNX Runtime with any inputs.</returns>
    public RunFailure? Run(IReadOnlyDictionary<string, TensorData> inputs)
    {
        if (_session is null) return null;
        Dictionary<string, OrtValue> values = [];
        try
        {
            foreach ((string name, TensorData data) in inputs) values.Add(name, OrtValues.ToOrt(data));
            _session.Run(values).Dispose();
            return null;
        }
        catch (EnvironmentException e)
        {
            return RunFailure.Of(e.Diagnostic.Message);
        }
        finally
        {
            foreach (OrtValue value in values.Values) value.Dispose();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _session?.Dispose();
}
