using GraphPartition.Ir.Tensors;
using GraphPartition.Onnx.Writing;
using GraphPartition.Runtime.Options;

namespace GraphPartition.Runtime.Ort;

/// <summary>Computes constants with ONNX Runtime on the CPU: one session for each model, without optimization.</summary>
/// <param name="operators">Libraries of custom operators; null: there are none.</param>
public sealed class OrtConstantEvaluator(CustomOperators? operators = null) : IConstantEvaluator
{
    private const long LargestModel = 1 << 30; // a protobuf holds 2 GiB; constants are copied into it

    /// <inheritdoc/>
    public Evaluation Evaluate(Model model)
    {
        long bytes = 0;
        foreach (Value constant in model.Graph.Constants) bytes += constant.Data!.ByteCount;
        if (bytes > LargestModel) return Evaluation.Failed($"its constants have {bytes} bytes");
        try
        {
            return Evaluation.Of(Run(OnnxWriter.ToBytes(model, new OnnxWriteOptions { ValueTypes = false })));
        }
        catch (Exception e) when (e is OnnxRuntimeException or ModelException or EnvironmentException)
        {
            return Evaluation.Failed(e.Message.ReplaceLineEndings(" "));
        }
    }

    private ImmutableArray<TensorData?> Run(byte[] model)
    {
        using SessionOptions options = OrtSessionFactory.ForConstants(operators ?? CustomOperators.None);
        using var session = new InferenceSession(model, options);
        using var run = new RunOptions();
        using RunResult results = OptionalResults.Run(session, run, ImmutableDictionary<string, OrtValue>.Empty, session.OutputNames);
        var values = ImmutableArray.CreateBuilder<TensorData?>(results.Values.Count);
        foreach (OrtValue result in results.Values)
            values.Add(result.OnnxType == OnnxValueType.ONNX_TYPE_TENSOR ? OrtValues.ToTensor(result) : null);
        return values.MoveToImmutable();
    }
}
