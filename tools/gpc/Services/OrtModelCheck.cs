using GraphPartition.Foundation;
using GraphPartition.MixedPrecision.Diagnostics;
using GraphPartition.Runtime.Options;
using GraphPartition.Runtime.Ort;
using Microsoft.ML.OnnxRuntime;

namespace GraphPartition.Gpc.Services;

/// <summary>Lets ONNX Runtime check a model: its operators, the types of all nodes, and whether the CPU has kernels.</summary>
internal static class OrtModelCheck
{
    /// <summary>Checks a model in memory.</summary>
    /// <returns>Yes: ONNX Runtime's CPU runs it. No: its types are right, but the CPU has no kernel for a node.</returns>
    /// <exception cref="ModelException">GP3105: the model is not valid.</exception>
    public static Verdict Of(byte[] model, CustomOperators custom, string path) =>
        Of(custom, path, options => new InferenceSession(model, options));

    /// <summary>Checks a file.</summary>
    /// <returns>As <see cref="Of(byte[], CustomOperators, string)"/>.</returns>
    /// <exception cref="ModelException">GP3105: the model is not valid.</exception>
    public static Verdict Of(string path, CustomOperators custom) => Of(custom, path, options => new InferenceSession(path, options));

    private static Verdict Of(CustomOperators custom, string path, Func<SessionOptions, InferenceSession> load)
    {
        using SessionOptions options = OrtSessionFactory.ForReference(new() { CustomOperators = custom, Optimize = false });
        try
        {
            using InferenceSession session = load(options);
            return Verdict.Yes;
        }
        catch (OnnxRuntimeException e) when (e.Message.Contains("ErrorCode:NotImplemented", StringComparison.Ordinal))
        {
            // Kernels are looked up after the types of all nodes were checked.
            return Verdict.No(e.Message.ReplaceLineEndings(" "), "kernel");
        }
        catch (OnnxRuntimeException e)
        {
            throw PrecisionCodes.Refused.Error(path, e.Message.ReplaceLineEndings(" "));
        }
    }
}
