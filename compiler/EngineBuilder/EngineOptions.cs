using GraphPartition.EngineBuilder.Shapes;
using GraphPartition.TensorRt.Build;
using GraphPartition.TensorRt.Cache;
using Microsoft.Extensions.Logging;

namespace GraphPartition.EngineBuilder;

/// <summary>How engines are built for a model.</summary>
public sealed record EngineOptions
{
    /// <summary>What every engine is built with; names, profiles and timing caches are filled in.</summary>
    public BuildOptions Build { get; init; } = new();

    /// <summary>Shapes of the model's dynamic inputs.</summary>
    public ModelShapes Shapes { get; init; } = ModelShapes.None;

    /// <summary>Where engines are looked up and kept; null: every engine is built.</summary>
    public EngineCache? Cache { get; init; }

    /// <summary>A folder for timing caches, one file for each release and device; null: none is kept.</summary>
    public string? TimingFolder { get; init; }

    /// <summary>Groups that are built at a time, where the device's memory allows.</summary>
    public int Jobs { get; init; } = 1;

    /// <summary>Whether a group that cannot be had as an engine is an error, not a warning.</summary>
    public bool IsRequired { get; init; }

    /// <summary>Searches for a node at which builds fail; above this a failing group is left to the fallback as a whole.</summary>
    public int MaxFaultSearches { get; init; } = 32;

    /// <summary>Receives TensorRT's messages and ours.</summary>
    public ILogger? Logger { get; init; }

    /// <summary>Hears how far builds are; called from several threads, one at a time.</summary>
    public IProgress<EngineProgress>? Progress { get; init; }
}

/// <summary>How far the builds are.</summary>
/// <param name="Done">Groups that have their engine.</param>
/// <param name="Groups">Groups in all.</param>
/// <param name="What">What is being done.</param>
public sealed record EngineProgress(int Done, int Groups, string What);
