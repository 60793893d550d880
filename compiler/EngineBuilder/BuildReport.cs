using System.Collections.Immutable;

namespace GraphPartition.EngineBuilder;

/// <summary>The outcome of building engines, as data for people and tools.</summary>
/// <param name="Machine">The release and the device that engines were built for.</param>
/// <param name="Groups">Each group, those in bodies too, by its number.</param>
/// <param name="Moved">Nodes that moved to the fallback or were expanded because the parser or the builder rejects them.</param>
/// <param name="Rounds">How many times the model was planned.</param>
/// <param name="Warnings">Every deviation from the request.</param>
public sealed record BuildReport(
    string Machine, ImmutableArray<GroupReport> Groups, ImmutableArray<MovedNode> Moved, int Rounds, ImmutableArray<Diagnostic> Warnings)
{
    /// <summary>This report and one about engines of the same groups for another machine.</summary>
    public BuildReport And(BuildReport other) => this with
    {
        Machine = $"{Machine}; {other.Machine}",
        Groups = [.. Groups, .. other.Groups],
        Warnings = [.. Warnings.Union(other.Warnings)],
    };
}

/// <summary>A group and its engine.</summary>
/// <param name="Id">Its number (TrtNode_id).</param>
/// <param name="Nodes">The number of its nodes.</param>
/// <param name="Source">"built", "cache", or "none".</param>
/// <param name="Milliseconds">The time to build the engine or to read it from the cache.</param>
/// <param name="Bytes">The size of the engine in bytes.</param>
/// <param name="Key">The engine's key in the cache; empty if there is no engine.</param>
/// <param name="Reason">Why there is no engine; null if there is one.</param>
/// <param name="Inside">The If, Loop or Scan in whose body the group is; null if it is in the model's graph.</param>
public sealed record GroupReport(
    int Id, int Nodes, string Source, double Milliseconds, long Bytes, string Key, string? Reason, string? Inside)
{
    /// <summary>The compute capability that the engine is for, for instance "8.9".</summary>
    public string Capability { get; init; } = "";
}

/// <summary>A node that was planned into an engine and moved to the fallback, or was expanded.</summary>
/// <param name="Node">Its name.</param>
/// <param name="Op">Its operator.</param>
/// <param name="By">"parser", "build", or "bounds": a value that it takes has sizes without a range.</param>
/// <param name="Reason">TensorRT's message.</param>
public sealed record MovedNode(string Node, string Op, string By, string Reason)
{
    /// <summary>What shows that this node is at fault, for instance that the parser refuses it alone.</summary>
    public string Evidence { get; init; } = "";

    /// <summary>Whether it did not move, but is expressed in operators that TensorRT takes.</summary>
    public bool IsExpanded { get; init; }
}
