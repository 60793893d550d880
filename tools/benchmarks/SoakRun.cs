using System.Collections.Concurrent;
using System.Diagnostics;
using GraphPartition.Runtime;
using GraphPartition.Runtime.Batching;
using GraphPartition.Runtime.Ort;
using Microsoft.ML.OnnxRuntime;

namespace GraphPartition.Benchmarks;

/// <summary>The size of a soak.</summary>
/// <param name="Runs">Requests in all.</param>
/// <param name="Threads">Threads that send requests.</param>
/// <param name="CancelledShare">The share of requests that are cancelled: before, while, or after they run.</param>
/// <param name="Batches">Whether requests are joined into batches.</param>
internal sealed record SoakOptions(int Runs, int Threads, double CancelledShare, bool Batches)
{
    /// <summary>If no request ends for this time, it counts as a deadlock.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(60);
}

/// <summary>Memory at a moment of a soak.</summary>
/// <param name="Runs">Requests that had ended by then.</param>
/// <param name="Seconds">Since the start.</param>
/// <param name="ResidentKilobytes">The resident set.</param>
/// <param name="ManagedBytes">The managed heap after a full collection.</param>
internal sealed record SoakMark(long Runs, double Seconds, long ResidentKilobytes, long ManagedBytes);

/// <summary>The result of a soak.</summary>
/// <param name="Marks">Memory after every tenth of the requests.</param>
/// <param name="Answered">Requests with an answer.</param>
/// <param name="Cancelled">Requests that were cancelled.</param>
/// <param name="MeanBatch">The mean number of requests in a batch; 1 without batching.</param>
/// <param name="MaxDifference">The largest absolute difference from plain ONNX Runtime's answer.</param>
/// <param name="Faults">The first fault of each kind.</param>
internal sealed record SoakReport(
    IReadOnlyList<SoakMark> Marks, long Answered, long Cancelled, double MeanBatch, double MaxDifference,
    IReadOnlyCollection<string> Faults)
{
    private const int Some = 3;

    /// <summary>Growth of the resident set.</summary>
    public double GrownMegabytes => Grown(m => m.ResidentKilobytes) / 1024.0;

    /// <summary>Growth of the managed heap.</summary>
    public double GrownManagedMegabytes => Grown(m => m.ManagedBytes) / (double)(1 << 20);

    /// <summary>From the median of the first marks to the median of the last: caches of the runtime grow and shrink.</summary>
    private long Grown(Func<SoakMark, long> of) => Middle(Marks.TakeLast(Some).Select(of)) - Middle(Marks.Take(Some).Select(of));

    private static long Middle(IEnumerable<long> some) => some.Order().ElementAt(Some / 2);
}

/// <summary>
/// Many requests from many threads to one session of a model with one float input and one float output, each answer compared
/// with what plain ONNX Runtime gives. Inputs are made for each request and freed as soon as it has ended, as a service does it.
/// </summary>
internal sealed class SoakRun : IDisposable
{
    private const int Samples = 32, Marks = 10;
    private const float Tolerance = 1e-4f;

    private readonly ModelSession _session;
    private readonly SoakOptions _options;
    private readonly string _input;
    private readonly long[] _dims;
    private readonly float[][] _images;
    private readonly float[][] _expected;
    private readonly ConcurrentDictionary<string, string> _faults = new();
    private readonly Lock _difference = new();
    private BatchingSession? _batching;
    private double _maxDifference;
    private readonly object _gate = new();
    private long _allowed; // requests that may have been started
    private long _started;
    private long _answered;
    private long _cancelled;

    /// <summary>Prepares inputs and expected answers.</summary>
    /// <param name="session">The session. The caller disposes it.</param>
    /// <param name="plain">Plain ONNX Runtime on the same model.</param>
    /// <param name="dims">The shape of one request.</param>
    /// <param name="options">The size of the soak.</param>
    public SoakRun(ModelSession session, InferenceSession plain, long[] dims, SoakOptions options)
    {
        _session = session;
        _options = options;
        _allowed = options.Runs / Marks;
        _dims = dims;
        _input = session.Inputs[0].Name;
        var random = new Random(1);
        _images = [.. Enumerable.Range(0, Samples).Select(
            _ => Enumerable.Range(0, (int)dims.Aggregate(1L, (a, d) => a * d)).Select(_ => random.NextSingle()).ToArray())];
        _expected = [.. _images.Select(image =>
        {
            using OrtValue x = OrtValue.CreateTensorValueFromMemory(image, dims);
            using var run = new RunOptions();
            using IDisposableReadOnlyCollection<OrtValue> outputs = plain.Run(run, [_input], [x], plain.OutputNames);
            return outputs[0].GetTensorDataAsSpan<float>().ToArray();
        })];
    }

    /// <summary>Runs the soak. It returns normally if something is wrong too.</summary>
    public SoakReport Run()
    {
        if (_options.Batches) _batching = new BatchingSession(_session);
        Thread[] threads = [.. Enumerable.Range(0, _options.Threads)
            .Select(t => new Thread(() => Ask(new Random(t))) { IsBackground = true })];
        long start = Stopwatch.GetTimestamp();
        foreach (Thread thread in threads) thread.Start();
        List<SoakMark> marks = Watch(start);
        foreach (Thread thread in threads) thread.Join(_faults.IsEmpty ? _options.Patience : TimeSpan.FromSeconds(1));
        (long batches, long requests) = _batching?.Counts ?? (1, 1);
        return new(marks, Interlocked.Read(ref _answered), Interlocked.Read(ref _cancelled), requests / (double)Math.Max(1, batches),
            _maxDifference, [.. _faults.Values]);
    }

    /// <summary>Waits for the answers of running requests.</summary>
    public void Dispose()
    {
        if (_faults.IsEmpty) _batching?.DisposeAsync().AsTask().GetAwaiter().GetResult();
    }

    private List<SoakMark> Watch(long start)
    {
        var marks = new List<SoakMark>();
        long last = 0, lastChange = Stopwatch.GetTimestamp();
        while (true)
        {
            long ended = Interlocked.Read(ref _answered) + Interlocked.Read(ref _cancelled);
            if (ended != last) (last, lastChange) = (ended, Stopwatch.GetTimestamp());
            bool stalls = Stopwatch.GetElapsedTime(lastChange) > _options.Patience;
            if (stalls) _faults.TryAdd("stall", $"after {ended} requests none ended in {_options.Patience.TotalSeconds:F0} s: a deadlock");
            bool ends = ended >= _options.Runs || !_faults.IsEmpty;
            if (ends || ended >= _allowed)
            {
                long managed = GC.GetTotalMemory(forceFullCollection: true);
                marks.Add(new(ended, Stopwatch.GetElapsedTime(start).TotalSeconds, ProcessMemory.ResidentKilobytes, managed));
                Allow(ends ? long.MaxValue : (marks.Count + 1L) * _options.Runs / Marks);
            }
            if (ends) return marks;
            Thread.Sleep(5);
        }
    }

    private void Allow(long requests)
    {
        lock (_gate)
        {
            _allowed = requests;
            Monitor.PulseAll(_gate);
        }
    }

    /// <summary>Whether there is another request to send. It waits if a tenth is done and memory has not been measured yet.</summary>
    private bool MayAsk()
    {
        long number = Interlocked.Increment(ref _started);
        lock (_gate)
            while (number > _allowed) Monitor.Wait(_gate);
        return number <= _options.Runs && _faults.IsEmpty;
    }

    private void Ask(Random random)
    {
        try
        {
            while (MayAsk()) Request(random);
        }
        catch (Exception e)
        {
            _faults.TryAdd(e.GetType().Name, e.ToString()); // a fault of the soak, whatever it is
        }
    }

    private void Request(Random random)
    {
        int sample = random.Next(Samples);
        using var source = new CancellationTokenSource();
        using OrtValue x = OrtValue.CreateAllocatedTensorValue(
            OrtAllocator.DefaultInstance, Microsoft.ML.OnnxRuntime.Tensors.TensorElementType.Float, _dims);
        _images[sample].CopyTo(x.GetTensorMutableDataAsSpan<float>());
        var feeds = new Dictionary<string, OrtValue> { [_input] = x };
        if (random.NextDouble() < _options.CancelledShare) GiveUp(source, random.Next(4));
        try
        {
            using RunResult result = _batching is { } batching ? batching.RunAsync(feeds, source.Token).GetAwaiter().GetResult()
                : sample % 2 == 0 ? _session.Run(feeds, source.Token) : _session.RunAsync(feeds, source.Token).GetAwaiter().GetResult();
            Compare(sample, result.Values[0].GetTensorDataAsSpan<float>());
            Interlocked.Increment(ref _answered);
        }
        catch (OperationCanceledException) when (source.IsCancellationRequested)
        {
            Interlocked.Increment(ref _cancelled);
        }
    }

    private static void GiveUp(CancellationTokenSource source, int when)
    {
        if (when == 0) source.Cancel();
        else if (when == 1) ThreadPool.UnsafeQueueUserWorkItem(static s => Cancel(s), source, preferLocal: false);
        else source.CancelAfter(when - 1); // milliseconds: while it waits for a batch, or runs

        static void Cancel(CancellationTokenSource source)
        {
            try
            {
                source.Cancel();
            }
            catch (ObjectDisposedException)
            {
                // The answer came first.
            }
        }
    }

    private void Compare(int sample, ReadOnlySpan<float> actual)
    {
        float[] expected = _expected[sample];
        double worst = 0;
        for (int i = 0; i < expected.Length; i++)
        {
            double difference = Math.Abs(actual[i] - expected[i]);
            worst = Math.Max(worst, double.IsNaN(difference) ? double.PositiveInfinity : difference);
            if (!(difference <= Tolerance * (1 + Math.Abs(expected[i]))))
                _faults.TryAdd("difference", $"sample {sample}, element {i}: {actual[i]}, expected {expected[i]}");
        }
        lock (_difference) _maxDifference = Math.Max(_maxDifference, worst);
    }
}
