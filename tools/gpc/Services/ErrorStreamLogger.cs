using System.Globalization;
using Microsoft.Extensions.Logging;

namespace GraphPartition.Gpc.Services;

/// <summary>Writes each message to standard error as one line, with the time since the start of the process.</summary>
internal sealed class ErrorStreamLogger(LogLevel from) : ILogger
{
    private static readonly DateTime Start = System.Diagnostics.Process.GetCurrentProcess().StartTime;

    /// <summary>A logger from a level on; null: no logger.</summary>
    public static ErrorStreamLogger? From(LogLevel? level) => level is { } from ? new(from) : null;

    /// <inheritdoc/>
    public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

    /// <inheritdoc/>
    public bool IsEnabled(LogLevel logLevel) => logLevel >= from;

    /// <inheritdoc/>
    public void Log<TState>(
        LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (!IsEnabled(logLevel)) return;
        string time = (TimeProvider.System.GetLocalNow().DateTime - Start).TotalSeconds.ToString("F3", CultureInfo.InvariantCulture);
        Console.Error.WriteLine($"[{time} {logLevel}] {formatter(state, exception)}");
    }
}
