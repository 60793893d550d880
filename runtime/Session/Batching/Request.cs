using Microsoft.ML.OnnxRuntime;

namespace GraphPartition.Runtime.Batching;

/// <summary>One caller's request: what it feeds, how many samples that is, and where its answer goes.</summary>
internal sealed class Request(IReadOnlyDictionary<string, OrtValue> feeds, OrtValue[] inputs, long samples, string kind, CancellationToken cancellation)
{
    public IReadOnlyDictionary<string, OrtValue> Feeds => feeds;

    /// <summary>The inputs in the order of the model.</summary>
    public OrtValue[] Inputs => inputs;

    /// <summary>The size along the batch dimension.</summary>
    public long Samples => samples;

    /// <summary>Requests of equal kinds can be stacked: all else in their shapes is the same.</summary>
    public string Kind => kind;

    public CancellationToken Cancellation => cancellation;

    /// <summary>The answer. Its continuations never run on the thread that computes batches.</summary>
    public TaskCompletionSource<RunResult> Answer { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
}
