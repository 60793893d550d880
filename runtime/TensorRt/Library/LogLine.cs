using Microsoft.Extensions.Logging;

namespace GraphPartition.TensorRt.Library;

/// <summary>One message of TensorRT.</summary>
/// <param name="Level">TensorRT's severity: internal error is critical, verbose is debug (ILogger::Severity,
/// NvInferRuntimeBase.h).</param>
/// <param name="Message">The message, as TensorRT wrote it.</param>
public sealed record LogLine(LogLevel Level, string Message)
{
    /// <inheritdoc/>
    public override string ToString() => $"[{Level}] {Message}";

    internal static LogLine Of(int severity, string message) => new(severity switch
    {
        0 => LogLevel.Critical,
        1 => LogLevel.Error,
        2 => LogLevel.Warning,
        3 => LogLevel.Information,
        _ => LogLevel.Debug,
    }, message);
}
