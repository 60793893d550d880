namespace GraphPartition.Runtime.Options;

/// <summary>Creates a session in a separate process, which may end if ONNX Runtime crashes (<c>gpc run --isolate</c>).</summary>
public interface ISessionProbe
{
    /// <summary>Tries to create a session.</summary>
    /// <param name="path">The file of the model.</param>
    /// <param name="directory">The folder of its external data; null: that of the file.</param>
    /// <param name="level">The level of optimization.</param>
    /// <returns>How the process ended if it crashed; null where the session was created, or refused with a message.</returns>
    string? Crash(string path, string? directory, GraphOptimizationLevel level);
}
