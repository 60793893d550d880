using GraphPartition.Foundation;
using GraphPartition.Runtime.Options;
using GraphPartition.Runtime.Ort;

namespace GraphPartition.Gpc.Services;

/// <summary>
/// Writes a model file that appears under its name only after ONNX Runtime loaded it. Until then it is in a folder beside its
/// place, so an older file of this name stays as it was if the new one fails.
/// </summary>
internal static class CheckedFile
{
    /// <summary>Writes a model, loads it in ONNX Runtime without optimization, and puts it in its place.</summary>
    /// <param name="path">The place of the file. Its weights may be beside it, in files of their own.</param>
    /// <param name="operators">Libraries of custom operators.</param>
    /// <param name="write">Writes the model and its weights to a path with the same file name.</param>
    /// <param name="keeps">Whether a file that ONNX Runtime refuses is kept all the same.</param>
    /// <param name="stage">Receives the name of the current stage.</param>
    /// <returns>Why ONNX Runtime refuses the file; null if it loads it.</returns>
    /// <exception cref="EnvironmentException">A file cannot be written (GP5005).</exception>
    public static OrtRefusal? Write(
        string path, CustomOperators operators, Action<string> write, Func<OrtRefusal, bool> keeps, Action<string> stage)
    {
        string full = Path.GetFullPath(path), folder = Path.GetDirectoryName(full)!, name = Path.GetFileName(full);
        string staging = Path.Combine(folder, $".{name}.{Path.GetRandomFileName()}{AtomicFile.Unfinished}");
        using (new AtomicFile(full))
        {
            // Refuses a place that cannot be written. CreateFolder would create missing folders above it.
        }
        AtomicFile.CreateFolder(staging);
        try
        {
            string staged = Path.Combine(staging, name);
            stage("writing");
            write(staged);
            stage("loading it with ONNX Runtime");
            OrtRefusal? refusal = OrtModelCheck.Of(staged, operators);
            if (refusal is null || keeps(refusal)) AtomicFile.MoveAll(staging, last: name, folder);
            return refusal is null ? null : refusal with { Message = refusal.Message.Replace(staging, folder, StringComparison.Ordinal) };
        }
        finally
        {
            Directory.Delete(staging, recursive: true);
        }
    }
}
