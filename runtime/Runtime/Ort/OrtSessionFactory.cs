using GraphPartition.Runtime.Options;

namespace GraphPartition.Runtime.Ort;

/// <summary>Creates ONNX Runtime sessions: the only place that sets session options.</summary>
/// <param name="options">How the model runs.</param>
public sealed class OrtSessionFactory(ModelSessionOptions options)
{
    private const string ExternalFolder = "session.model_external_initializers_file_folder_path";
    private const string SharedAllocator = "session.use_env_allocators";
    private const string StopSpinning = "session.force_spinning_stop";

    /// <summary>
    /// Options for a reference run of an unchanged model: ONNX Runtime's defaults, except what decides about numbers (graph optimization,
    /// threads, TF32) and about log output.
    /// </summary>
    /// <returns>The options; the caller disposes them.</returns>
    public static SessionOptions ForReference(ModelSessionOptions options)
    {
        SessionOptions session = Quiet(options.Optimize, options.CustomOperators);
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
        OrtEnvironment.Prepare();
        SessionOptions session = Quiet(optimize: false, operators);
        session.IntraOpNumThreads = 1;
        return session;
    }

    /// <summary>Options to observe values: the nodes must stay as they are.</summary>
    /// <param name="directory">The folder of the model's external data; null if it has none.</param>
    /// <param name="operators">Libraries of custom operators.</param>
    internal static SessionOptions ForObservation(string? directory, CustomOperators operators)
    {
        OrtEnvironment.Prepare();
        SessionOptions session = Quiet(optimize: false, operators);
        if (directory is not null) session.AddSessionConfigEntry(ExternalFolder, directory);
        return session;
    }

    /// <summary>A session for a segment.</summary>
    /// <param name="segment">The segment.</param>
    /// <param name="isOnlyOne">Whether the plan has no other session.</param>
    /// <param name="configure">Adds an execution provider; null for the CPU.</param>
    /// <param name="missing">Libraries that the model was compiled with and that are not given.</param>
    /// <exception cref="Foundation.ModelException">ONNX Runtime does not know an operator (GP5003).</exception>
    /// <exception cref="Foundation.EnvironmentException">ONNX Runtime or the device fails.</exception>
    internal InferenceSession Create(
        SegmentModel segment, bool isOnlyOne, Action<SessionOptions, Graph>? configure, IEnumerable<UsedLibrary> missing)
    {
        try
        {
            return Open(segment.Bytes, segment.Directory, isOnlyOne,
                configure is null ? null : session => configure(session, segment.Graph));
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
    /// <exception cref="OnnxRuntimeException">ONNX Runtime refuses the model.</exception>
    internal InferenceSession Open(byte[] model, string? directory, bool isOnlyOne, Action<SessionOptions>? configure = null)
    {
        OrtEnvironment.Prepare();
        using SessionOptions session = Quiet(options.Optimize, options.CustomOperators);
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
            return Open(model, directory, isOnlyOne, configure);
        }
    }

    private static SessionOptions Quiet(bool optimize, CustomOperators operators)
    {
        var session = new SessionOptions { LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL };
        if (!optimize) session.GraphOptimizationLevel = GraphOptimizationLevel.ORT_DISABLE_ALL;
        operators.Register(session);
        return session;
    }
}
