using GraphPartition.Runtime;
using GraphPartition.Runtime.Options;

namespace GraphPartition.Serving.Options;

/// <summary>What is served, and how.</summary>
public sealed class ServingOptions
{
    /// <summary>
    /// Model files, each served under its name without the ending, and folders of models: <c>FOLDER/NAME/VERSION/model.onnx</c>, where
    /// VERSION is a number.
    /// </summary>
    public IList<string> Models { get; } = [];

    /// <summary>How the names of model files in these folders end. A program whose <see cref="Open"/> takes other formats adds theirs.</summary>
    public IReadOnlyList<string> Extensions { get; set; } = [".onnx"];

    /// <summary>How models are served that have no <c>serving.json</c>.</summary>
    public ModelOptions Defaults { get; set; } = new();

    /// <summary>How sessions run. The number of contexts comes from <see cref="ModelOptions.Instances"/>.</summary>
    public ModelSessionOptions Session { get; set; } = new();

    /// <summary>
    /// Opens a model file. The default takes compiled models; a program with the compiler can compile others here. It is called by one
    /// thread at a time.
    /// </summary>
    public Func<string, ModelSessionOptions, ModelSession> Open { get; set; } = ModelSession.Load;

    /// <summary>Whether clients may load and unload models.</summary>
    public bool AllowModelControl { get; set; }

    /// <summary>How often the folders are searched for new, changed and removed models; null: never.</summary>
    public TimeSpan? Poll { get; set; }

    /// <summary>The largest request in bytes, after decompression.</summary>
    public long MaxRequestBytes { get; set; } = 256L << 20;

    /// <summary>How many requests of one gRPC stream are computed at once.</summary>
    public int MaxStreamRequests { get; set; } = 16;

    /// <summary>Whether clients of this machine may pass tensors in POSIX shared memory.</summary>
    public bool AllowSharedMemory { get; set; }

    /// <summary>
    /// Keys, one of which each request carries (<c>Authorization: Bearer KEY</c>), except those for health. Empty: no key is needed.
    /// </summary>
    public IList<string> ApiKeys { get; } = [];

    /// <summary>
    /// How long the server still takes requests after it was told to stop, while it already reports that it is not ready.
    /// </summary>
    public TimeSpan DrainDelay { get; set; }
}
