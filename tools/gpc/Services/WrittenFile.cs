using GraphPartition.Foundation;
using GraphPartition.Runtime.Options;
using GraphPartition.Runtime.Ort;

namespace GraphPartition.Gpc.Services;

/// <summary>Loads a file that was written, so that no command succeeds with a file that does not run.</summary>
internal static class WrittenFile
{
    /// <summary>Loads a compiled file in ONNX Runtime without optimization. A file that fails is removed.</summary>
    /// <param name="path">The file.</param>
    /// <param name="operators">Libraries of custom operators.</param>
    /// <param name="stage">Receives the name of the current stage.</param>
    /// <exception cref="ModelException">GP3018: ONNX Runtime refuses the file. An operator that it lacks is only a warning (GP3019).</exception>
    public static void Check(string path, CustomOperators operators, Action<string> stage)
    {
        stage("loading it with ONNX Runtime");
        if (OrtModelCheck.Of(path, operators) is not { } refusal) return;
        if (refusal.LacksOperator)
        {
            ModelReader.Warn([GpcCodes.LacksOperator.At(path, refusal.Message)]);
            return;
        }
        Remove(path);
        throw GpcCodes.NotLoadable.Error(path, refusal.Message);
    }

    /// <summary>Removes a file that failed, and its file of weights.</summary>
    public static void Remove(string path)
    {
        File.Delete(path);
        File.Delete(path + ".data");
    }
}
