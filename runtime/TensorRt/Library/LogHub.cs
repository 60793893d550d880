using Microsoft.Extensions.Logging;

namespace GraphPartition.TensorRt.Library;

/// <summary>
/// Receives all messages of one loaded TensorRT. TensorRT keeps its first logger for the whole process and ignores later ones (ILogger,
/// NvInferRuntimeBase.h), so each library has one hub, which lives as long as the process. A message goes to the scope that its thread
/// has entered; a message from a thread of TensorRT goes to all scopes.
/// </summary>
internal sealed class LogHub
{
    private readonly List<LogScope> _scopes = [];

    [ThreadStatic]
    private static LogScope? _current;

    public static LogScope? Current { get => _current; set => _current = value; }

    public LogScope Begin(ILogger? logger)
    {
        LogScope scope = new(this, logger);
        lock (_scopes)
        {
            _scopes.Add(scope);
        }
        return scope;
    }

    public void End(LogScope scope)
    {
        lock (_scopes)
        {
            _scopes.Remove(scope);
        }
    }

    public void Write(LogLine line)
    {
        if (_current is { } current)
        {
            current.Write(line);
            return;
        }
        LogScope[] all;
        lock (_scopes)
        {
            all = [.. _scopes];
        }
        foreach (LogScope scope in all) scope.Write(line);
    }
}

/// <summary>
/// The messages of TensorRT that belong to one builder or runtime. They are passed on, and the last of them are kept for errors.
/// </summary>
internal sealed class LogScope(LogHub hub, ILogger? logger) : IDisposable
{
    private const int Kept = 200;

    private readonly Queue<LogLine> _lines = new();

    /// <summary>Messages of warning level and above, oldest first; at most the last 200.</summary>
    public IReadOnlyList<LogLine> Lines
    {
        get
        {
            lock (_lines)
            {
                return [.. _lines];
            }
        }
    }

    /// <summary>Until the result is disposed, messages on this thread belong to this scope alone.</summary>
    public Entry Enter() => new(this);

    public void Forget()
    {
        lock (_lines)
        {
            _lines.Clear();
        }
    }

    public void Write(LogLine line)
    {
        if (line.Level >= LogLevel.Warning)
        {
            lock (_lines)
            {
                _lines.Enqueue(line);
                if (_lines.Count > Kept) _lines.Dequeue();
            }
        }
        logger?.Log(line.Level, "TensorRT: {Message}", line.Message);
    }

    public void Dispose() => hub.End(this);

    /// <summary>The time in which a thread works for a scope.</summary>
    internal readonly ref struct Entry
    {
        private readonly LogScope? _before;

        public Entry(LogScope scope)
        {
            _before = LogHub.Current;
            LogHub.Current = scope;
        }
        public void Dispose() => LogHub.Current = _before;
    }
}

/// <summary>One message of TensorRT.</summary>
/// <param name="Level">TensorRT's ILogger::Severity (NvInferRuntimeBase.h): internal error is critical, verbose is debug.</param>
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
