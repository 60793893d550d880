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
        if (OrtSessionFactory.Check(path, operators) is not var (fault, lacksOperator)) return;
        if (lacksOperator)
        {
            ModelReader.Warn([GpcCodes.LacksOperator.At(path, fault)]);
            return;
        }
        File.Delete(path);
        File.Delete(path + ".data");
        throw GpcCodes.NotLoadable.Error(path, fault);
    }
}
