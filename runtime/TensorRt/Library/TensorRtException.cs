using GraphPartition.Foundation;
using GraphPartition.TensorRt.Build;

namespace GraphPartition.TensorRt.Library;

/// <summary>TensorRT could not do something. Carries what it said.</summary>
public sealed class TensorRtException : EnvironmentException
{
    internal TensorRtException(
        DiagnosticCode code,
        string where,
        string message,
        IReadOnlyList<LogLine>? log = null,
        IReadOnlyList<ParserError>? parserErrors = null)
        : base(code, where, Describe(message, log ?? [], parserErrors ?? []))
    {
        Log = log ?? [];
        ParserErrors = parserErrors ?? [];
    }

    /// <summary>TensorRT's warnings and errors up to the failure, oldest first.</summary>
    public IReadOnlyList<LogLine> Log { get; }

    /// <summary>What the ONNX parser said, by node; empty where the parser was not the one that failed.</summary>
    public IReadOnlyList<ParserError> ParserErrors { get; }

    private static string Describe(string message, IReadOnlyList<LogLine> log, IReadOnlyList<ParserError> errors) =>
        string.Join("\n  ", [message, .. errors.Select(e => e.ToString()), .. log.TakeLast(8).Select(l => l.ToString())]);
}
