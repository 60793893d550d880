using GraphPartition.TensorRt.Library;

namespace GraphPartition.Runtime.Options;

/// <summary>
/// Tries in a separate process what may end the process: to create a session of ONNX Runtime, and to load an engine (<c>gpc run
/// --isolate</c>).
/// </summary>
public interface ICrashProbe
{
    /// <summary>Tries to create a session.</summary>
    /// <param name="path">The file of the model.</param>
    /// <param name="directory">The folder of its external data; null: that of the file.</param>
    /// <param name="level">The level of optimization.</param>
    /// <returns>How the process ended if it crashed; null where the session was created, or refused with a message.</returns>
    string? SessionCrash(string path, string? directory, GraphOptimizationLevel level);

    /// <summary>Tries to load an engine.</summary>
    /// <param name="machine">The library and the device to load it with.</param>
    /// <param name="engine">The serialized engine.</param>
    /// <param name="allowHostCode">Whether it may contain host code.</param>
    /// <returns>Why it does not load, a crash included; null where it does.</returns>
    string? EngineFault(TensorRtMachine machine, ReadOnlyMemory<byte> engine, bool allowHostCode);
}
