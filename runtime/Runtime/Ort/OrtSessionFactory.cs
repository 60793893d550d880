using GraphPartition.Runtime.Options;

namespace GraphPartition.Runtime.Ort;

/// <summary>Creates ONNX Runtime sessions: the only place that sets session options.</summary>
/// <param name="options">How the model runs.</param>
public sealed class OrtSessionFactory(ModelSessionOptions options)
{
    /// <summary>The entry that names the folder of external data of a model in memory.</summary>
    internal const string ExternalFolder = "session.model_external_initializers_file_folder_path";
    private const string SharedAllocator = "session.use_env_allocators";
    private const string StopSpinning = "session.force_spinning_stop";
    private const GraphOptimizationLevel Unoptimized = GraphOptimizationLevel.ORT_DISABLE_ALL;

    /// <summary>
    /// Options for a reference run of an unchanged model: ONNX Runtime's defaults, except what decides about numbers (graph optimization,
    /// threads, TF32) and about log output.
    /// </summary>
    /// <param name="options">How the model runs.</param>
    /// <param name="content">The graph of the model, for faults of ONNX Runtime that it may cause; null: not known.</param>
    /// <returns>The options; the caller disposes them.</returns>
    public static SessionOptions ForReference(ModelSessionOptions options, Graph? content = null)
    {
        SessionOptions session = Quiet(LevelOf(options, content), options.CustomOperators);
        if (options.Threads > 0) session.IntraOpNumThreads = options.Threads;
        if (options.Device != Device.Cuda) return session;
        using var provider = new OrtCUDAProviderOptions();
        provider.UpdateOptions(new Dictionary<string, string> { ["use_tf32"] = options.Tf32 ? "1" : "0" });
        session.AppendExecutionProvider_CUDA(provider);
        return session;
    }

    /// <summary>Options to compute constants: one thread, no optimization, which would take longer than the computation.</summary>
    /// <param name="operators">Libraries of custom operators.</param>
    internal static SessionOptions ForConstants(CustomOperators operators)
    {
        SessionOptions session = ForCheck(operators);
        session.IntraOpNumThreads = 1;
        return session;
    }

    /// <summary>Options to check a model: its nodes are loaded as they are.</summary>
    /// <param name="operators">Libraries of custom operators.</param>
    internal static SessionOptions ForCheck(CustomOperators operators) => Quiet(Unoptimized, operators);

    /// <summary>Options to observe values: the nodes must stay as they are.</summary>
    /// <param name="directory">The folder of the model's external data; null if it has none.</param>
    /// <param name="operators">Libraries of custom operators.</param>
    internal static SessionOptions ForObservation(string? directory, CustomOperators operators)
    {
        SessionOptions session = ForCheck(operators);
        if (directory is not null) session.AddSessionConfigEntry(ExternalFolder, directory);
        return session;
    }

    /// <summary>Creates a session and disposes it: what a probing process does.</summary>
    /// <param name="path">The file of the model.</param>
    /// <param name="directory">The folder of its external data; null: that of the file.</param>
    /// <param name="level">The level of optimization.</param>
    /// <exception cref="OnnxRuntimeException">ONNX Runtime refuses the model.</exception>
    public static void Probe(string path, string? directory, GraphOptimizationLevel level)
    {
        using SessionOptions options = Quiet(level, CustomOperators.None);
        if (directory is not null) options.AddSessionConfigEntry(ExternalFolder, directory);
        if (directory is null) new InferenceSession(path, options).Dispose();
        else new InferenceSession(File.ReadAllBytes(path), options).Dispose();
    }

    /// <summary>A session for a segment.</summary>
    /// <param name="segment">The segment.</param>
    /// <param name="isOnlyOne">Whether the plan has no other session.</param>
    /// <param name="configure">Adds an execution provider; null for the CPU.</param>
    /// <param name="missing">Libraries that the model was compiled with and that are not given.</param>
    /// <param name="level">The level of optimization; null: the highest without a known fault.</param>
    /// <exception cref="Foundation.ModelException">ONNX Runtime does not know an operator (GP5003).</exception>
    /// <exception cref="Foundation.EnvironmentException">ONNX Runtime or the device fails.</exception>
    internal InferenceSession Create(
        SegmentModel segment, bool isOnlyOne, Action<SessionOptions, Graph>? configure, IEnumerable<UsedLibrary> missing,
        GraphOptimizationLevel? level = null)
    {
        try
        {
            return Open(segment.Bytes, segment.Directory, isOnlyOne,
                configure is null ? null : session => configure(session, segment.Graph),
                level ?? (configure is null ? KnownOrtFaults.LevelFor(segment.Graph) : GraphOptimizationLevel.ORT_ENABLE_ALL));
        }
        catch (OnnxRuntimeException e)
        {
            throw OrtMessages.Explain(segment.Graph, e, missing);
        }
    }

    /// <summary>A session for a model.</summary>
    /// <param name="model">The model.</param>
    /// <param name="directory">The folder of its external data; null if it has none.</param>
    /// <param name="isOnlyOne">Whether the plan has no other session.</param>
    /// <param name="configure">Adds an execution provider; null for the CPU.</param>
    /// <param name="level">The level of optimization, if the options let ONNX Runtime optimize at all.</param>
    /// <exception cref="OnnxRuntimeException">ONNX Runtime refuses the model.</exception>
    internal InferenceSession Open(byte[] model, string? directory, bool isOnlyOne, Action<SessionOptions>? configure = null,
        GraphOptimizationLevel level = GraphOptimizationLevel.ORT_ENABLE_ALL)
    {
        using SessionOptions session = Quiet(options.Optimize ? level : Unoptimized, options.CustomOperators);
        if (directory is not null) session.AddSessionConfigEntry(ExternalFolder, directory);
        bool ownsThreads = options.Threads > 0 || !OrtEnvironment.SharesThreads;
        if (!ownsThreads) session.DisablePerSessionThreads();
        else if (options.Threads > 0) session.IntraOpNumThreads = options.Threads;
        // Idle threads spin for a while. Those of one step's session would take the processors from the next step.
        if (ownsThreads && !isOnlyOne) session.AddSessionConfigEntry(StopSpinning, "1");
        if (!isOnlyOne && configure is null && OrtEnvironment.SharesArena) session.AddSessionConfigEntry(SharedAllocator, "1");
        configure?.Invoke(session);
        try
        {
            return new InferenceSession(model, session);
        }
        catch (OnnxRuntimeException e) when (!ownsThreads && OrtEnvironment.LacksThreads(e))
        {
            return Open(model, directory, isOnlyOne, configure, level);
        }
    }

    private static GraphOptimizationLevel LevelOf(ModelSessionOptions options, Graph? content) => !options.Optimize ? Unoptimized
        : content is null || options.Device != Device.Cpu ? GraphOptimizationLevel.ORT_ENABLE_ALL : KnownOrtFaults.LevelFor(content);

    private static SessionOptions Quiet(GraphOptimizationLevel level, CustomOperators operators)
    {
        OrtEnvironment.Prepare();
        var session = new SessionOptions { LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL, GraphOptimizationLevel = level };
        operators.Register(session);
        return session;
    }
}
