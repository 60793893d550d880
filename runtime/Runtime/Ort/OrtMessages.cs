using System.Text.RegularExpressions;

namespace GraphPartition.Runtime.Ort;

/// <summary>
/// What ONNX Runtime's error messages mean. It has few error codes, so the English text has to be matched; this is the only file that
/// does it. The phrases are those of ONNX Runtime 1.31. <c>OrtMessagesTests</c> checks those that a CPU can provoke against the library.
/// </summary>
internal static partial class OrtMessages
{
    private static readonly string[] OutOfMemory =
    [
        "Failed to allocate memory", "CUDA failure 2:", "Available memory of", "out of memory", "CUDNN_STATUS_ALLOC_FAILED",
        "CUBLAS_STATUS_ALLOC_FAILED", "bad_alloc",
    ];

    private static readonly string[] WrongShape =
        ["but the computed output shape for this run is", "shape verification failed", "Shape mismatch attempting to re-use buffer"];

    private static readonly string[] UnknownOperator =
        ["not a registered function/op", "No Op registered for", "Could not find an implementation"];

    /// <summary>
    /// The exception for a failed step. If memory was the reason, it is <see cref="OutOfDeviceMemoryException"/>, or GP5031 if no device
    /// took part.
    /// </summary>
    /// <param name="where">The step.</param>
    /// <param name="e">What ONNX Runtime reports.</param>
    /// <param name="onDevice">Whether the step may use a device.</param>
    public static EnvironmentException Fault(string where, OnnxRuntimeException e, bool onDevice = true) =>
        onDevice && Contains(e, OutOfMemory) ? new OutOfDeviceMemoryException(where, e.Message, e)
            : new EnvironmentException(
                Contains(e, OutOfMemory) ? RuntimeCodes.OutOfMemory : RuntimeCodes.RuntimeFailed, where, e.Message, e);

    /// <summary>The exception for a model that no session can be created of: GP5032, or GP5031 where memory was the reason.</summary>
    /// <param name="where">The model.</param>
    /// <param name="e">What ONNX Runtime has against it.</param>
    public static EnvironmentException Refusal(string where, OnnxRuntimeException e) => Contains(e, OutOfMemory) ? Fault(where, e)
        : new(RuntimeCodes.RuntimeRefuses, where, e.Message.ReplaceLineEndings(" ").Trim(), e);

    /// <summary>
    /// The exception for a model that no session can be created of. An unknown operator is reported with the nodes that use it.
    /// </summary>
    /// <param name="graph">The graph of the model.</param>
    /// <param name="e">What ONNX Runtime has against it.</param>
    /// <param name="missing">Libraries that the model was compiled with and that are not given.</param>
    public static Exception Explain(Graph graph, OnnxRuntimeException e, IEnumerable<UsedLibrary>? missing = null)
    {
        string[] libraries = [.. (missing ?? []).Select(m => m.Name)];
        string hint = libraries.Length == 0 ? "" : $"; the model was compiled with {string.Join(", ", libraries)}, which is not given now";
        var unknown = new List<Diagnostic>();
        if (IsUnknownOperator(e)) Collect(graph);
        return unknown.Count > 0 ? new ModelException(unknown) : Refusal(graph.Name, e);

        void Collect(Graph body)
        {
            foreach (Node node in body.Nodes)
            {
                if (e.Message.Contains($"{node.Op.Type}(", StringComparison.Ordinal)
                    || e.Message.Contains($"{node.Op.Type} ", StringComparison.Ordinal))
                    unknown.Add(RuntimeCodes.NotExecutable.At(node.Label,
                        $"operator '{node.Op.Type}' of domain '{(node.Op.Domain.Length == 0 ? "ai.onnx" : node.Op.Domain)}' "
                        + $"({e.Message.Trim()}){hint}"));
                foreach (Graph inner in node.Attributes.Bodies()) Collect(inner);
            }
        }
    }

    /// <summary>Whether a session was refused because ONNX Runtime does not know an operator.</summary>
    public static bool IsUnknownOperator(Exception e) => Contains(e, UnknownOperator);

    /// <summary>Whether the provider has no kernel for a node. Kernels are looked up after the types of all nodes were checked.</summary>
    public static bool LacksKernel(Exception e) => Contains(e, "ErrorCode:NotImplemented");

    /// <summary>Whether a run failed for a kernel that is missing or does not know a type, so that other inputs would not help.</summary>
    public static bool LacksKernel(string message) =>
        message.Contains("NotImplemented", StringComparison.Ordinal) || message.Contains("is not supported", StringComparison.Ordinal);

    /// <summary>Whether ONNX Runtime created a session, but its C# API has no element type for an input or output.</summary>
    public static bool LacksElementType(Exception e) => Contains(e, "Unregistered TensorElementType");

    /// <summary>Whether an output did not fit the buffer that was planned for it.</summary>
    public static bool IsWrongShape(Exception e) => Contains(e, WrongShape);

    /// <summary>Whether a session that may not use the CPU was refused because its provider lacks an operator.</summary>
    public static bool LacksOperator(Exception e) => Contains(e, "fallback to CPU EP has been explicitly disabled");

    /// <summary>Whether a session was refused because the environment was created without shared threads.</summary>
    public static bool LacksSharedThreads(Exception e) => Contains(e, "EnvCreatedWithGlobalThreadPools");

    /// <summary>The names of the nodes that failed, from the one of the main graph to the innermost in a body.</summary>
    public static ImmutableArray<string> FailedNodes(string message) =>
        [.. FailedNodeName().Matches(message).Select(found => found.Groups["node"].Value)];

    /// <summary>Names the library that a provider needs and the loader does not find; other messages are returned unchanged.</summary>
    /// <param name="message">ONNX Runtime's message.</param>
    /// <param name="remedy">What the provider needs and where it can come from.</param>
    public static string ExplainMissingLibrary(string message, string remedy) =>
        MissingLibrary().Match(message) is { Success: true } found
            ? $"the loader does not find {found.Groups["library"]}. {remedy}" : message;

    private static bool Contains(Exception e, params ReadOnlySpan<string> phrases)
    {
        foreach (string phrase in phrases)
            if (e.Message.Contains(phrase, StringComparison.OrdinalIgnoreCase)) return true;
        return false;
    }

    [GeneratedRegex(@"while running \S+ node\. Name:'(?<node>[^']*)'")]
    private static partial Regex FailedNodeName();

    [GeneratedRegex(@"(?<library>lib[\w.+-]+\.so[\w.]*): cannot open shared object file")]
    private static partial Regex MissingLibrary();
}
