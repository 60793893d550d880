using GraphPartition.EngineBuilder.Builders;
using GraphPartition.EngineBuilder.Shapes;
using GraphPartition.Operators;
using GraphPartition.TensorRt.Cache;
using Microsoft.Extensions.Logging;

namespace GraphPartition.EngineBuilder;

/// <summary>How engines are built for a model.</summary>
public sealed record EngineOptions
{
    /// <summary>The options of every build. The builder fills in names, profiles and timing caches.</summary>
    public BuildOptions Build { get; init; } = new();

    /// <summary>The operators and their shape rules, from which the shape ranges of inner values follow.</summary>
    public OperatorTable Operators { get; init; } = OperatorTable.Default;

    /// <summary>Shapes of the model's dynamic inputs.</summary>
    public ModelShapes Shapes { get; init; } = ModelShapes.None;

    /// <summary>The cache of engines; null: every engine is built.</summary>
    public EngineCache? Cache { get; init; }

    /// <summary>A folder for timing caches, one file for each release and device; null: none are kept.</summary>
    public string? TimingFolder { get; init; }

    /// <summary>
    /// The process that builds engines; null: this process builds them itself, and a crash of TensorRT ends it.
    /// </summary>
    public WorkerOptions? Worker { get; init; }

    /// <summary>
    /// The command of another program that builds each engine, for instance
    /// <c>trtexec --onnx={onnx} --saveEngine={engine} {shapes} {flags}</c>; null: this program builds. <see cref="CommandTemplate"/> has the
    /// placeholders.
    /// </summary>
    public string? Command { get; init; }

    /// <summary>
    /// The most time for one build in a worker; null: at least ten minutes, and more for a large group.
    /// <see cref="Timeout.InfiniteTimeSpan"/>: no limit.
    /// </summary>
    public TimeSpan? BuildTimeout { get; init; }

    /// <summary>The number of groups to build at a time; fewer if the device's memory is too small.</summary>
    public int Jobs { get; init; } = 1;

    /// <summary>Whether tensors of new engines have the names of the model's values (<see cref="TrtNode.NamesValues"/>).</summary>
    public bool NamesValues { get; init; }

    /// <summary>Whether a group without an engine is an error (GP4020) rather than a warning (GP4019).</summary>
    public bool IsRequired { get; init; }

    /// <summary>The most searches for a node that makes a build fail. After that, a failing group as a whole falls back.</summary>
    public int MaxFaultSearches { get; init; } = 32;

    /// <summary>Receives TensorRT's messages and ours.</summary>
    public ILogger? Logger { get; init; }

    /// <summary>Receives the progress of builds. It is called from several threads, one at a time.</summary>
    public IProgress<EngineProgress>? Progress { get; init; }
}

/// <summary>The progress of the builds.</summary>
/// <param name="Done">Groups that have their engine.</param>
/// <param name="Groups">Groups in all.</param>
/// <param name="What">The current work, for display.</param>
public sealed record EngineProgress(int Done, int Groups, string What)
{
    /// <summary>The step of the builder that this is about; null if it is about something else.</summary>
    public BuildProgress? Build { get; init; }
}
