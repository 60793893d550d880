using GraphPartition.Ir;
using Microsoft.ML.OnnxRuntime;

namespace GraphPartition.Runtime;

/// <summary>A step that ONNX Runtime executes: a fallback segment, or a group without a usable engine. Safe for concurrent runs.</summary>
internal sealed class OrtStep : IStepExecutor
{
    private readonly InferenceSession _session;
    private readonly string[] _inputs;
    private readonly string[] _outputs;
    private readonly string _name;

    public OrtStep(InferenceSession session, string name)
    {
        _session = session;
        _name = name;
        // The writer keeps the order of inputs and outputs and may change names; ONNX Runtime reports them in that order.
        _inputs = [.. session.InputNames];
        _outputs = [.. session.OutputNames];
    }

    public IReadOnlyList<OrtValue> Run(RunOptions options, IReadOnlyCollection<OrtValue> inputs)
    {
        try
        {
            // The collection would dispose all results together; each lives in a slot of its own instead.
            return [.. _session.Run(options, _inputs, inputs, _outputs)];
        }
        catch (OnnxRuntimeException e)
        {
            throw new EnvironmentException(Codes.RuntimeFailed, _name, e.Message, e);
        }
    }

    public void Dispose() => _session.Dispose();
}
