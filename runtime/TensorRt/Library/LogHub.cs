using Microsoft.Extensions.Logging;

namespace GraphPartition.TensorRt.Library;

/// <summary>
/// Where all messages of one loaded TensorRT arrive. TensorRT keeps the first logger that it is given for the whole process and
/// ignores later ones (ILogger, NvInferRuntimeBase.h), so there is one hub per library, and it lives as long as the process.
/// A message goes to the scope that its thread works for; from TensorRT's own threads, which work for nobody we know, to all.
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

        foreach (LogScope scope in all)
        {
            scope.Write(line);
        }
    }
}
