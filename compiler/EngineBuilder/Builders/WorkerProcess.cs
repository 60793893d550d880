using System.Collections.Concurrent;
using System.Diagnostics;
using Google.Protobuf;
using GraphPartition.EngineBuilder.Builders.Wire;
using GraphPartition.TensorRt;

namespace GraphPartition.EngineBuilder.Builders;

/// <summary>A running worker: its pipes, the last lines that it printed, its memory. It ends with this object or this process.</summary>
internal sealed class WorkerProcess : IDisposable
{
    private const int LinesKept = 12;
    private static readonly TimeSpan Exit = TimeSpan.FromSeconds(5); // from the end of its output to its end

    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(0.2); // a process that is no worker may be about to end

    private readonly Process _process;
    private readonly BlockingCollection<Event> _events = [];
    private readonly Queue<string> _lastLines = new();
    private readonly TaskCompletionSource<string?> _recognized = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Task _errors;

    private WorkerProcess(Process process)
    {
        _process = process;
        new Thread(Read) { IsBackground = true, Name = "engine worker" }.Start();
        _errors = Task.Run(ReadErrors);
    }

    /// <summary>Starts a worker and waits until it introduces itself.</summary>
    /// <exception cref="EnvironmentException">It cannot be started, or is no worker of this version (GP4043).</exception>
    public static WorkerProcess Start(WorkerOptions options, CancellationToken cancellation)
    {
        ProcessStartInfo start = new(options.Program, options.Arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        WorkerProcess worker;
        try
        {
            worker = new WorkerProcess(Process.Start(start)!);
        }
        catch (Exception e) when (e is System.ComponentModel.Win32Exception or IOException)
        {
            throw Unusable($"it cannot be started: {e.Message}");
        }
        try
        {
            if (!worker._recognized.Task.Wait((int)options.StartLimit.TotalMilliseconds, cancellation))
                throw Unusable($"it did not answer within {options.StartLimit.TotalSeconds} seconds{worker.LastWords}");
            if (worker._recognized.Task.Result is { } fault)
                throw Unusable(fault + (worker._process.WaitForExit(Grace) ? worker.Ended() : worker.LastWords));
            return worker;
        }
        catch
        {
            worker.Dispose();
            throw;
        }
        EnvironmentException Unusable(string message) =>
            new(TensorRtCodes.WorkerUnusable, string.Join(' ', [options.Program, .. options.Arguments]), message);
    }

    /// <summary>Sends a request. If the worker has ended, the request is lost, and the next <see cref="TryTake"/> reports the end.</summary>
    public void Send(Request request)
    {
        try
        {
            request.WriteDelimitedTo(_process.StandardInput.BaseStream);
            _process.StandardInput.BaseStream.Flush();
        }
        catch (IOException)
        {
            // A broken pipe: its end is what counts, and the reader sees it.
        }
    }

    /// <summary>Waits for the next event.</summary>
    /// <param name="next">The event; null: the worker has ended.</param>
    /// <param name="milliseconds">How long to wait.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>Whether there is an event or the end.</returns>
    public bool TryTake(out Event? next, int milliseconds, CancellationToken cancellation) =>
        _events.TryTake(out next, milliseconds, cancellation) || _events.IsCompleted;

    /// <summary>
    /// The memory that the worker has for itself, in bytes, without files that it maps; 0 where the system does not tell.
    /// </summary>
    public long MemoryBytes
    {
        get
        {
            try
            {
                string? line = File.ReadLines($"/proc/{_process.Id}/status").FirstOrDefault(l => l.StartsWith("RssAnon:", StringComparison.Ordinal));
                return line is null ? 0 : long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[^2],
                    CultureInfo.InvariantCulture) << 10;
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException or FormatException)
            {
                return 0; // it has just ended
            }
        }
    }

    /// <summary>How the worker ended, with the last lines that it or the library printed.</summary>
    public string Ended()
    {
        if (!_process.WaitForExit(Exit)) Kill();
        _process.WaitForExit();
        _errors.Wait(Exit);
        const int SignalBase = 128; // as shells count
        int code = _process.ExitCode;
        return (code > SignalBase ? $" (ended by {NameOf(code - SignalBase)})" : $" (ended with exit code {code})") + LastWords;
    }

    public void Dispose()
    {
        Kill();
        _process.WaitForExit();
        _process.Dispose();
    }

    private string LastWords
    {
        get
        {
            lock (_lastLines) return string.Concat(_lastLines.Select(line => $"\n  {line}"));
        }
    }

    private static string NameOf(int signal) => signal switch
    {
        4 => "SIGILL",
        6 => "SIGABRT",
        7 => "SIGBUS",
        8 => "SIGFPE",
        9 => "SIGKILL: perhaps the system was out of memory",
        11 => "SIGSEGV",
        15 => "SIGTERM",
        _ => $"signal {signal}",
    };

    private void Kill()
    {
        try
        {
            _process.Kill();
        }
        catch (InvalidOperationException)
        {
            // It has ended already.
        }
    }

    private void Read()
    {
        Stream output = _process.StandardOutput.BaseStream;
        try
        {
            string? fault = WorkerProtocol.Recognize(output);
            _recognized.SetResult(fault);
            while (fault is null) _events.Add(Event.Parser.ParseDelimitedFrom(output)); // throws at the end
        }
        catch (Exception e) when (e is InvalidProtocolBufferException or IOException or ObjectDisposedException)
        {
            _recognized.TrySetResult("its first message is cut off");
        }
        _events.CompleteAdding();
    }

    private void ReadErrors()
    {
        try
        {
            while (_process.StandardError.ReadLine() is { } line)
            {
                lock (_lastLines)
                {
                    _lastLines.Enqueue(line);
                    if (_lastLines.Count > LinesKept) _lastLines.Dequeue();
                }
            }
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            // The worker was stopped.
        }
    }
}
