using System.Collections.Concurrent;
using System.Diagnostics;
using GraphPartition.CompiledModels;
using GraphPartition.Ir.Types;
using GraphPartition.Runtime;
using GraphPartition.Runtime.Options;
using MathNet.Numerics.Statistics;
using Microsoft.ML.OnnxRuntime;

namespace GraphPartition.Gpc.Services;

/// <summary>Throughput and latency under load.</summary>
/// <param name="Streams">Runs at the same time.</param>
/// <param name="Batch">Samples of a run.</param>
/// <param name="MedianMs">The median latency of a run.</param>
/// <param name="P99Ms">Its 99th percentile.</param>
/// <param name="SamplesPerSecond">All streams together.</param>
internal sealed record SweepRow(int Streams, long Batch, double MedianMs, double P99Ms, double SamplesPerSecond);

/// <summary>Measures a model for growing numbers of streams and sizes of batches.</summary>
internal static class Sweep
{
    private static readonly int[] Streams = [1, 2, 4, 8];
    private static readonly long[] Batches = [1, 2, 4, 8, 16, 32];

    /// <summary>Measures. Batches vary only if dimension 0 of every input is open.</summary>
    /// <param name="compiled">The model.</param>
    /// <param name="options">How it runs; the number of streams is set here.</param>
    /// <param name="feeds">The inputs of one run. Larger batches repeat them.</param>
    /// <param name="seconds">For each row.</param>
    public static IReadOnlyList<SweepRow> Run(
        CompiledModel compiled, ModelSessionOptions options, IReadOnlyDictionary<string, OrtValue> feeds, double seconds)
    {
        var rows = new List<SweepRow>();
        foreach (int streams in Streams.Where(s => s <= Environment.ProcessorCount))
            rows.Add(Row(compiled, options with { Contexts = streams }, feeds, BatchOf(feeds), seconds));
        bool open = compiled.Model.Graph.Inputs.All(v => v.Type is TensorType { Shape: { Rank: > 0 } shape } && !shape[0].IsKnown);
        foreach (long batch in open ? Batches : [])
        {
            Dictionary<string, OrtValue> larger = feeds.ToDictionary(f => f.Key, f => Repeat(f.Value, batch));
            rows.Add(Row(compiled, options with { Contexts = 1 }, larger, batch, seconds));
            foreach (OrtValue value in larger.Values) value.Dispose();
        }
        return rows;
    }

    private static SweepRow Row(
        CompiledModel compiled, ModelSessionOptions options, IReadOnlyDictionary<string, OrtValue> feeds, long batch, double seconds)
    {
        using ModelSession session = ModelSession.Create(compiled, options);
        session.WarmUp(feeds);
        var times = new ConcurrentBag<double>();
        long start = Stopwatch.GetTimestamp();
        IEnumerable<Task> threads = [.. Enumerable.Range(0, options.Contexts).Select(_ => Task.Factory.StartNew(() =>
        {
            do
            {
                long before = Stopwatch.GetTimestamp();
                session.Run(feeds).Dispose();
                times.Add(Stopwatch.GetElapsedTime(before).TotalMilliseconds);
            }
            while (Stopwatch.GetElapsedTime(start).TotalSeconds < seconds);
        }, TaskCreationOptions.LongRunning))];
        Task.WhenAll(threads).GetAwaiter().GetResult();
        double elapsed = Stopwatch.GetElapsedTime(start).TotalSeconds;
        return new(options.Contexts, batch, times.Median(), times.Quantile(0.99), times.Count * batch / elapsed);
    }

    private static long BatchOf(IReadOnlyDictionary<string, OrtValue> feeds) =>
        feeds.Values.FirstOrDefault()?.GetTensorTypeAndShape().Shape is [var batch, ..] ? batch : 1;

    /// <summary>A tensor that repeats the first row of another one.</summary>
    private static OrtValue Repeat(OrtValue value, long batch)
    {
        OrtTensorTypeAndShapeInfo info = value.GetTensorTypeAndShape();
        long[] dims = [.. info.Shape];
        Span<byte> row = value.GetTensorMutableRawData()[..(int)(value.GetTensorSizeInBytes() / dims[0])];
        dims[0] = batch;
        OrtValue repeated = OrtValue.CreateAllocatedTensorValue(OrtAllocator.DefaultInstance, info.ElementDataType, dims);
        Span<byte> to = repeated.GetTensorMutableRawData();
        for (int i = 0; i < batch; i++) row.CopyTo(to[(i * row.Length)..]);
        return repeated;
    }
}
