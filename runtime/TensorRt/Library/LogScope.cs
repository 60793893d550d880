using Microsoft.Extensions.Logging;

namespace GraphPartition.TensorRt.Library;

/// <summary>
/// Those messages of TensorRT that belong to one builder or runtime; passed on, and the last of them kept for errors.
/// </summary>
internal sealed class LogScope(LogHub hub, ILogger? logger) : IDisposable
{
    private const int Kept = 200;

    private readonly Queue<LogLine> _lines = new();

    /// <summary>Messages of warning level and above, oldest first; the last ones where there were many.</summary>
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

    /// <summary>Messages that come on this thread until the result is disposed belong to this scope alone.</summary>
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
                if (_lines.Count > Kept)
                {
                    _lines.Dequeue();
                }
            }
        }

        logger?.Log(line.Level, "TensorRT: {Message}", line.Message);
    }

    public void Dispose() => hub.End(this);

    /// <summary>While it lives, its thread works for its scope.</summary>
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
