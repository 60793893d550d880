using GraphPartition.Foundation;
using GraphPartition.Ir.Graphs;
using Microsoft.ML.OnnxRuntime;

namespace GraphPartition.Runtime.Steps;

/// <summary>Makes ONNX Runtime sessions for the steps of one plan.</summary>
internal sealed class OrtSessions
{
    private const string ExternalFolder = "session.model_external_initializers_file_folder_path";
    private const string SharedAllocator = "session.use_env_allocators";
    private const string StopSpinning = "session.force_spinning_stop";

    private readonly ModelSessionOptions _options;

    public OrtSessions(ModelSessionOptions options) => _options = options;

    /// <summary>A session over a segment.</summary>
    /// <param name="segment">The segment.</param>
    /// <param name="isOnlyOne">Whether the plan has no other session.</param>
    /// <param name="configure">Adds the device that the session computes on; null for the host.</param>
    /// <exception cref="ModelException">An operator that ONNX Runtime does not know (GP5003).</exception>
    /// <exception cref="EnvironmentException">ONNX Runtime or the device fails.</exception>
    public InferenceSession Create(SegmentModel segment, bool isOnlyOne, Action<SessionOptions, Graph>? configure = null)
    {
        try
        {
            return Open(segment.Bytes, segment.Directory, isOnlyOne, configure is null ? null : options => configure(options, segment.Graph));
        }
        catch (OnnxRuntimeException e)
        {
            throw Explain(segment.Graph, e);
        }
    }

    /// <summary>A session over a model.</summary>
    /// <param name="model">The model.</param>
    /// <param name="directory">The folder of its external data, if it has any.</param>
    /// <param name="isOnlyOne">Whether the plan has no other session.</param>
    /// <param name="configure">Adds the device that the session computes on; null for the host.</param>
    public InferenceSession Open(byte[] model, string? directory, bool isOnlyOne, Action<SessionOptions>? configure = null)
    {
        OrtEnvironment.Prepare();
        using var options = new SessionOptions { LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL };
        if (!_options.Optimize) options.GraphOptimizationLevel = GraphOptimizationLevel.ORT_DISABLE_ALL;
        if (directory is not null) options.AddSessionConfigEntry(ExternalFolder, directory);
        bool ownsThreads = _options.Threads > 0 || !OrtEnvironment.SharesThreads;
        if (!ownsThreads) options.DisablePerSessionThreads();
        else if (_options.Threads > 0) options.IntraOpNumThreads = _options.Threads;
        // Threads wait for more work by spinning for a while: those of one step's session would take the processors from the next.
        if (ownsThreads && !isOnlyOne) options.AddSessionConfigEntry(StopSpinning, "1");
        if (!isOnlyOne && configure is null && OrtEnvironment.SharesArena) options.AddSessionConfigEntry(SharedAllocator, "1");
        configure?.Invoke(options);
        try
        {
            return new InferenceSession(model, options);
        }
        catch (OnnxRuntimeException e) when (!ownsThreads && OrtEnvironment.LacksThreads(e))
        {
            return Open(model, directory, isOnlyOne, configure);
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
}
