namespace GraphPartition.Runtime.Ort;

/// <summary>
/// What all sessions of the process share. A plan may have dozens of sessions. With separate thread pools, idle threads of one session
/// would spin while another one computes; with separate arenas, each would keep the most memory that its step ever needed.
/// </summary>
public static class OrtEnvironment
{
    private static readonly Lazy<bool> Threads = new(TryShareThreads);
    private static volatile bool _cameLate; // other code created the environment at the same time
    private static readonly Lazy<bool> Arena = new(TryShareArena);

    /// <summary>
    /// Whether sessions can share a thread pool. The environment is created once: code that created it before us decides.
    /// </summary>
    internal static bool SharesThreads => Threads.Value && !_cameLate;

    /// <summary>Whether sessions can share an arena, in which one step takes what another has freed.</summary>
    internal static bool SharesArena => Arena.Value;

    /// <summary>
    /// The environment of this process, created with our options if there is none yet: it sends no usage data, and has no more threads
    /// than the process may use.
    /// </summary>
    public static OrtEnv Instance
    {
        get
        {
            Prepare();
            return OrtEnv.Instance();
        }
    }

    /// <summary>Creates the environment if there is none yet; to be called before any session is created.</summary>
    internal static void Prepare() => _ = SharesThreads;

    /// <summary>
    /// Whether a session was refused because the environment has no thread pool. If two callers create the environment at the same time,
    /// ONNX Runtime does not tell the second one that the options of the first one hold. From then on sessions have their own threads.
    /// </summary>
    internal static bool LacksThreads(OnnxRuntimeException fault)
    {
        if (!OrtMessages.LacksSharedThreads(fault)) return false;
        _cameLate = true;
        return true;
    }

    private static bool TryShareThreads()
    {
        if (OrtEnv.IsCreated) return false;
        ProcessEnvironment.DisableTelemetry();
        using var threads = new OrtThreadingOptions();
        if (ProcessEnvironment.ProcessorLimit() is { } limit) threads.GlobalIntraOpNumThreads = limit;
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
