namespace GraphPartition.Runtime.Ort;

/// <summary>
/// What all sessions of the process share. A plan may have dozens of sessions. With separate thread pools, idle threads of one session
/// would spin while another one computes; with separate arenas, each would keep the most memory that its step ever needed.
/// </summary>
internal static class OrtEnvironment
{
    private static readonly Lazy<bool> Threads = new(TryShareThreads);
    private static volatile bool _cameLate; // other code created the environment at the same time
    private static readonly Lazy<bool> Arena = new(TryShareArena);

    /// <summary>
    /// Whether sessions can share a thread pool. The environment is created once: code that created it before us decides.
    /// </summary>
    public static bool SharesThreads => Threads.Value && !_cameLate;

    /// <summary>Whether sessions can share an arena, in which one step takes what another has freed.</summary>
    public static bool SharesArena => Arena.Value;

    /// <summary>Creates the environment if there is none yet; to be called before any session is created.</summary>
    public static void Prepare() => _ = SharesThreads;

    /// <summary>
    /// Whether a session was refused because the environment has no thread pool. If two callers create the environment at the same time,
    /// ONNX Runtime does not tell the second one that the options of the first one hold. From then on sessions have their own threads.
    /// </summary>
    public static bool LacksThreads(OnnxRuntimeException fault)
    {
        if (!OrtMessages.LacksSharedThreads(fault)) return false;
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
            return false; // other code created it in the meantime
        }
    }

    private static bool TryShareArena()
    {
        using var memory = new OrtMemoryInfo(OrtMemoryInfo.allocatorCPU, OrtAllocatorType.ArenaAllocator, 0, OrtMemType.Default);
        using var arena = new OrtArenaCfg(0, -1, -1, -1); // ONNX Runtime's own defaults
        try
        {
            OrtEnv.Instance().CreateAndRegisterAllocator(memory, arena);
            return true;
        }
        catch (OnnxRuntimeException)
        {
            return false; // the host program registered one, of unknown kind
        }
    }
}
