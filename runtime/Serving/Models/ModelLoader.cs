using System.Diagnostics;
using GraphPartition.Ir.Graphs;
using GraphPartition.Ir.Tensors;
using GraphPartition.Ir.Types;
using GraphPartition.Runtime;
using GraphPartition.Runtime.Batching;
using GraphPartition.Runtime.Diagnostics;
using GraphPartition.Runtime.MadeUp;
using GraphPartition.Runtime.Ort;
using Microsoft.Extensions.Logging;

namespace GraphPartition.Serving.Models;

/// <summary>Opens a version of a model, proves whether it can be batched, and warms it up.</summary>
internal sealed partial class ModelLoader(ServingOptions serving, ILogger<ModelLoader> log)
{
    /// <summary>Loads a version.</summary>
    /// <exception cref="ModelException">The file or an option is wrong, or the protocol cannot carry its values (GP5045).</exception>
    /// <exception cref="EnvironmentException">A library or a device fails.</exception>
    public ModelVersion Load(string name, long number, string file, ModelOptions options)
    {
        long start = Stopwatch.GetTimestamp();
        ModelSession session = serving.Open(file, serving.Session with { Contexts = options.Instances });
        try
        {
            var statistics = new ModelStatistics();
            (BatchingSession batching, bool batches) = Batch(session, name, options, statistics);
            if (options.WarmUp) WarmUp(session, name, batches ? options.MaxBatchSize : 1);
            var version = new ModelVersion(name, number, session, batching, statistics, options)
            { Batches = batches, LoadTime = Stopwatch.GetElapsedTime(start) };
            LogLoaded(name, number, version.LoadTime.TotalMilliseconds, batches, version.Engines);
            return version;
        }
        catch
        {
            session.Dispose();
            throw;
        }
    }

    private (BatchingSession Session, bool Batches) Batch(ModelSession session, string name, ModelOptions options,
        ModelStatistics statistics)
    {
        var batching = new BatchingOptions
        {
            MaxBatch = options.Batching == BatchingMode.Off ? 1 : options.MaxBatchSize,
            MaxWait = TimeSpan.FromMicroseconds(options.MaxQueueDelayMicroseconds),
            PreferredSizes = options.PreferredBatchSizes,
            MaxQueue = options.MaxQueueSize,
            PriorityLevels = options.PriorityLevels,
            Ran = statistics.Add,
        };
        try
        {
            return (new BatchingSession(session, batching), batching.MaxBatch > 1);
        }
        catch (ModelException e) when (options.Batching == BatchingMode.Auto && e.Diagnostics[0].Code == RuntimeCodes.NotBatchable)
        {
            LogNotBatched(name, e.Diagnostics[0].WithoutRemedy);
            return (new BatchingSession(session, batching with { MaxBatch = 1, MaxWait = TimeSpan.Zero }), false);
        }
    }

    /// <summary>Runs on made-up inputs, with one sample and with a full batch. A model that needs real inputs is not warmed up.</summary>
    private void WarmUp(ModelSession session, string name, int maxBatch)
    {
        Graph graph = session.Plan.Graph;
        string? symbol = graph.Inputs.FirstOrDefault()?.Type is TensorType { Shape: [{ Symbol: { } first }, ..] } ? first : null;
        foreach (int samples in new[] { 1, maxBatch }.Distinct())
        {
            Dictionary<string, OrtValue> feeds = [];
            try
            {
                Dictionary<string, long> sizes = maxBatch > 1 && symbol is not null ? new() { [symbol] = samples } : [];
                foreach ((string input, TensorData data) in new InputGenerator(sizes).For(graph)) feeds.Add(input, OrtValues.ToOrt(data));
                session.WarmUp(feeds, runs: 2);
            }
            catch (Exception e) when (e is ModelException or EnvironmentException)
            {
                LogNotWarm(name, e.Message);
                return;
            }
            finally
            {
                foreach (OrtValue value in feeds.Values) value.Dispose();
            }
        }
    }

    [LoggerMessage(LogLevel.Information, "loaded {Model} version {Version} in {Milliseconds:F0} ms (batches: {Batches}, engines: {Engines})")]
    private partial void LogLoaded(string model, long version, double milliseconds, bool batches, int engines);

    [LoggerMessage(LogLevel.Information, "{Model} is not batched: {Reason}")]
    private partial void LogNotBatched(string model, string reason);

    [LoggerMessage(LogLevel.Warning, "{Model} was not warmed up: {Reason}")]
    private partial void LogNotWarm(string model, string reason);
}
