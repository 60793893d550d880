using System.ComponentModel;
using System.Diagnostics;
using System.Runtime.InteropServices;

namespace GraphPartition.EngineBuilder.Builders;

/// <summary>What a worker does to its own process, by functions of the C library.</summary>
internal static partial class NativeProcess
{
    private const int FirstFree = 3; // after standard input, output and errors
    private const int DuplicateCloseOnExec = 1030; // F_DUPFD_CLOEXEC (fcntl(2), Linux)
    private const int CoreSize = 4; // RLIMIT_CORE (getrlimit(2), Linux)

    /// <summary>
    /// Takes a file descriptor over: what other code of the process writes to it goes to another one from now on.
    /// </summary>
    /// <returns>A descriptor of the old file.</returns>
    public static nint Take(int descriptor, int other)
    {
        int mine = Fcntl(descriptor, DuplicateCloseOnExec, FirstFree);
        if (mine < 0 || Dup2(other, descriptor) < 0) throw new Win32Exception(Marshal.GetLastPInvokeError());
        return mine;
    }

    /// <summary>
    /// The system ends this process first if memory runs out, and writes no core of it: a core of a process with a loaded TensorRT takes
    /// long.
    /// </summary>
    public static void PreferAsVictim()
    {
        _ = SetLimit(CoreSize, new Limit());
        try
        {
            File.WriteAllText("/proc/self/oom_score_adj", "500");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Some containers do not allow it. The process works without it.
        }
    }

    /// <summary>Ends this process at once, whatever its other threads do.</summary>
    public static void End() => Process.GetCurrentProcess().Kill();

    [DllImport("libc", EntryPoint = "fcntl", SetLastError = true)]
    private static extern int Fcntl(int descriptor, int command, int argument);

    [DllImport("libc", EntryPoint = "dup2", SetLastError = true)]
    private static extern int Dup2(int from, int to);

    [DllImport("libc", EntryPoint = "setrlimit")]
    private static extern int SetLimit(int resource, in Limit limit);

    /// <summary>struct rlimit: the soft and the hard limit.</summary>
    private readonly record struct Limit(ulong Soft, ulong Hard);
}
