using GraphPartition.Runtime.Options;

namespace GraphPartition.Runtime.Ort;

/// <summary>Lets ONNX Runtime load a model without optimization: it checks the operators and the types of all nodes.</summary>
public static class OrtModelCheck
{
    /// <summary>Checks a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="operators">Libraries of custom operators.</param>
    /// <returns>Why ONNX Runtime refuses the model; null if it loads it.</returns>
    public static OrtRefusal? Of(string path, CustomOperators operators) => Of(operators, options => new InferenceSession(path, options));

    /// <summary>Checks a model in memory.</summary>
    /// <param name="model">An ONNX file.</param>
    /// <param name="operators">Libraries of custom operators.</param>
    /// <returns>Why ONNX Runtime refuses the model; null if it loads it.</returns>
    public static OrtRefusal? Of(byte[] model, CustomOperators operators) => Of(operators, options => new InferenceSession(model, options));

    private static OrtRefusal? Of(CustomOperators operators, Func<SessionOptions, InferenceSession> load)
    {
        using SessionOptions options = OrtSessionFactory.ForCheck(operators);
        try
        {
            load(options).Dispose();
            return null;
        }
        catch (OnnxRuntimeException e) when (OrtMessages.LacksElementType(e))
        {
            return null; // the session was created; only the C# API cannot describe it
        }
        catch (OnnxRuntimeException e)
        {
            return new(e.Message, OrtMessages.IsUnknownOperator(e), OrtMessages.LacksKernel(e));
        }
    }
}

/// <summary>Why ONNX Runtime refuses a model.</summary>
/// <param name="Message">Its message.</param>
/// <param name="LacksOperator">Whether it only lacks an operator, or a kernel of one.</param>
/// <param name="LacksKernel">Whether the types of all nodes are right, but the CPU has no kernel for a node.</param>
public sealed record OrtRefusal(string Message, bool LacksOperator, bool LacksKernel);
