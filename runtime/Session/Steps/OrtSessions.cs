using GraphPartition.Ir;
using Microsoft.ML.OnnxRuntime;

namespace GraphPartition.Runtime.Steps;

/// <summary>Makes ONNX Runtime sessions for the steps of one plan.</summary>
internal sealed class OrtSessions
{
    private const string ExternalFolder = "session.model_external_initializers_file_folder_path";
    private const string SharedAllocator = "session.use_env_allocators";

    // All sessions of the process share one pool of threads: a plan may have dozens of sessions, and pools of their own would
    // spin against each other. The environment is made once; if the host made it before us, sessions get pools of their own.
    private static readonly bool SharesThreads = TryShareThreads();

    // So do their arenas: what one step frees the next one takes, and the peak is that of one step, not the sum of all.
    private static readonly Lazy<bool> SharesArena = new(TryShareArena);

    private readonly ModelSessionOptions _options;

    public OrtSessions(ModelSessionOptions options) => _options = options;

    /// <summary>Loads ONNX Runtime's library and makes its environment, on another thread: a third of the start of a small model.</summary>
    public static void Prepare() => Task.Run(() => SharesThreads);

    /// <summary>A session over a segment.</summary>
    /// <param name="segment">The segment.</param>
    /// <param name="isOnlyOne">Whether the plan has no other session.</param>
    /// <param name="configure">Adds the device that the session computes on; null for the host.</param>
    /// <exception cref="ModelException">An operator that ONNX Runtime does not know (GP5003).</exception>
    /// <exception cref="EnvironmentException">ONNX Runtime or the device fails.</exception>
    public InferenceSession Create(SegmentModel segment, bool isOnlyOne, Action<SessionOptions>? configure = null)
    {
        using var options = new SessionOptions { LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL };
        if (!_options.Optimize) options.GraphOptimizationLevel = GraphOptimizationLevel.ORT_DISABLE_ALL;
        if (segment.Directory is { } folder) options.AddSessionConfigEntry(ExternalFolder, folder);
        if (_options.Threads > 0) options.IntraOpNumThreads = _options.Threads;
        else if (SharesThreads && !isOnlyOne) options.DisablePerSessionThreads();
        if (!isOnlyOne && configure is null && SharesArena.Value) options.AddSessionConfigEntry(SharedAllocator, "1");
        try
        {
            configure?.Invoke(options);
            return new InferenceSession(segment.Bytes, options);
        }
        catch (OnnxRuntimeException e)
        {
            throw Explain(segment.Graph, e);
        }
    }

    /// <summary>ONNX Runtime names the operator that it does not know; we add the nodes that are of it.</summary>
    private static Exception Explain(Graph graph, OnnxRuntimeException e)
    {
        var unknown = new List<Diagnostic>();
        Collect(graph);
        return unknown.Count > 0
            ? new ModelException(unknown)
            : OrtFault.Of(graph.Name, e);

        void Collect(Graph body)
        {
            foreach (Node node in body.Nodes)
            {
                if (IsNamed(node.Op))
                    unknown.Add(Codes.NotExecutable.At(node.Label,
                        $"operator '{node.Op.Type}' of domain '{(node.Op.Domain.Length == 0 ? "ai.onnx" : node.Op.Domain)}' ({e.Message.Trim()})"));
                foreach (Graph inner in node.Attributes.Bodies()) Collect(inner);
            }
        }

        bool IsNamed(OpName op) =>
            (e.Message.Contains("not a registered function/op", StringComparison.Ordinal)
                || e.Message.Contains("No Op registered for", StringComparison.Ordinal)
                || e.Message.Contains("Could not find an implementation", StringComparison.Ordinal))
            && (e.Message.Contains($"{op.Type}(", StringComparison.Ordinal) || e.Message.Contains($"{op.Type} ", StringComparison.Ordinal));
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
