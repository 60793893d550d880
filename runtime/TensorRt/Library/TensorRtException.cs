namespace GraphPartition.TensorRt.Library;

/// <summary>A call of TensorRT failed. Carries its messages.</summary>
public sealed class TensorRtException : EnvironmentException
{
    /// <summary>A failure of TensorRT, in this process or in another one.</summary>
    /// <param name="code">Its kind.</param>
    /// <param name="where">The release, the network or the file.</param>
    /// <param name="message">What failed.</param>
    /// <param name="log">TensorRT's warnings and errors, oldest first; null: none.</param>
    /// <param name="parserErrors">The errors of the ONNX parser; null: none.</param>
    public TensorRtException(
        DiagnosticCode code,
        string where,
        string message,
        IReadOnlyList<LogLine>? log = null,
        IReadOnlyList<ParserError>? parserErrors = null)
        : base(code, where, Describe(message, log ?? [], parserErrors ?? []))
    {
        Fault = message;
        Log = log ?? [];
        ParserErrors = parserErrors ?? [];
    }

    /// <summary>What failed, without the messages of TensorRT.</summary>
    public string Fault { get; }

    /// <summary>TensorRT's warnings and errors up to the failure, oldest first.</summary>
    public IReadOnlyList<LogLine> Log { get; }

    /// <summary>The errors of the ONNX parser; empty if another part of TensorRT failed.</summary>
    public IReadOnlyList<ParserError> ParserErrors { get; }

    /// <summary>
    /// Whether TensorRT rejects the graph, in its parser or its builder, or crashes over it. A smaller part of the graph may build.
    /// </summary>
    public bool IsRefusal => Diagnostic.Code == TensorRtCodes.BuildFailed || Diagnostic.Code == TensorRtCodes.ParserRejected
        || Diagnostic.Code == TensorRtCodes.BuilderCrashed;

    /// <summary>
    /// Whether the failure costs this graph its engine and says nothing about others: a build took too long or too much memory, or the
    /// engine that it gave does not load. Failures that are neither this nor <see cref="IsRefusal"/> do not depend on the graph.
    /// </summary>
    public bool IsOfGroup => Diagnostic.Code == TensorRtCodes.BuildTimedOut || Diagnostic.Code == TensorRtCodes.BuildTookMemory
        || Diagnostic.Code == TensorRtCodes.EngineRefused;

    private static string Describe(string message, IReadOnlyList<LogLine> log, IReadOnlyList<ParserError> errors) =>
        string.Join("\n  ", [message, .. errors.Select(e => e.ToString()), .. log.TakeLast(8).Select(l => l.ToString())]);
}

/// <summary>One fault that the ONNX parser found (nvonnxparser::IParserError, NvOnnxParser.h).</summary>
/// <param name="NodeIndex">The node's index in the graph; negative if the fault names no node.</param>
/// <param name="NodeName">The node's name; empty in 8.x.</param>
/// <param name="Operator">The operator's name; empty in 8.x.</param>
/// <param name="Code">nvonnxparser::ErrorCode: 6 invalid node, 8 unsupported node, 9 to 13 what of it is unsupported.</param>
/// <param name="Description">The parser's message.</param>
/// <param name="Source">Where in the parser's source the fault was found.</param>
public sealed record ParserError(int NodeIndex, string NodeName, string Operator, int Code, string Description, string Source)
{
    /// <inheritdoc/>
    public override string ToString()
    {
        string name = NodeName.Length > 0 ? $" '{NodeName}'" : "";
        string op = Operator.Length > 0 ? $" ({Operator})" : "";
        return $"node {NodeIndex}{name}{op}: {Description} (code {Code}, {Source})";
    }
}
