using Microsoft.ML.OnnxRuntime;

namespace GraphPartition.Runtime.Steps;

/// <summary>
/// What all sessions of the process share. A plan may have dozens of sessions: pools of threads of their own would spin against
/// each other (that of a single session against the one that the others share), and arenas of their own would each keep the most
/// that its step has ever needed.
/// </summary>
internal static class OrtEnvironment
{
    private static readonly Lazy<bool> Threads = new(TryShareThreads);
    private static volatile bool _cameLate; // somebody made the environment while we did
    private static readonly Lazy<bool> Arena = new(TryShareArena);

    /// <summary>Whether sessions can share a pool of threads. The environment is made once: a host that made it before us decides.</summary>
    public static bool SharesThreads => Threads.Value && !_cameLate;

    /// <summary>Whether sessions can share an arena, in which one step takes what another has freed.</summary>
    public static bool SharesArena => Arena.Value;

    /// <summary>Makes the environment, where nobody has: every session must come after it.</summary>
    public static void Prepare() => _ = SharesThreads;

    /// <summary>
    /// Whether a session was refused since the environment has no pool of threads: ONNX Runtime does not tell who makes it at the
    /// same time as somebody else that the other's options hold. From then on sessions have threads of their own.
    /// </summary>
    public static bool LacksThreads(OnnxRuntimeException fault)
    {
        if (!fault.Message.Contains("EnvCreatedWithGlobalThreadPools", StringComparison.Ordinal)) return false;
        _cameLate = true;
        return true;
    }

    private static bool TryShareThreads()
    {
        if (OrtEnv.IsCreated) return false;
        using var threads = new OrtThreadingOptions();
        var creation = new EnvironmentCreationOptions
        {
            logId = "GraphPartition",
            logLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL,
            threadOptions = threads,
        };
        try
        {
            OrtEnv.CreateInstanceWithOptions(ref creation);
            return true;
        }
        catch (OnnxRuntimeException)
        {
            return false; // somebody made it in the meantime
        }
    }

    private static bool TryShareArena()
    {
        using var memory = new OrtMemoryInfo(OrtMemoryInfo.allocatorCPU, OrtAllocatorType.ArenaAllocator, 0, OrtMemType.Default);
        using var arena = new OrtArenaCfg(0, -1, -1, -1); // all as ONNX Runtime's own
        try
        {
            OrtEnv.Instance().CreateAndRegisterAllocator(memory, arena);
            return true;
        }
        catch (OnnxRuntimeException)
        {
            return false; // the host has registered one: it may be of any kind
        }
    }
}
