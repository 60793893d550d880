using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using GraphPartition.Compiler.Passes.Infrastructure;
using GraphPartition.Compiler.Planning.Files;

namespace GraphPartition.Explorer;

/// <summary>What a page shows beside the plan; everything may be left out.</summary>
public sealed record PageExtras
{
    /// <summary>The measured times of steps and layers: the member <c>profile</c> of <c>gpc run --profile --json</c>.</summary>
    public JsonArray? Profile { get; init; }

    /// <summary>The errors of nodes in 16 bits: what <c>gpc debug precision --json</c> prints.</summary>
    public JsonObject? Errors { get; init; }

    /// <summary>The passes that changed the graph, with their graphs: the page shows the first one too.</summary>
    [JsonIgnore]
    public ImmutableArray<PassChange> Passes { get; init; } = [];

    /// <summary>The changes from another plan to this one.</summary>
    public PlanDiff? Changes { get; init; }

    /// <summary>The name of that other plan.</summary>
    public string? ComparedWith { get; init; }
}
