using System.Text.Json.Serialization;
using GraphPartition.Compiler.Planning.Files;

namespace GraphPartition.Compiler.Comparing;

/// <summary>A text that is not the same in two models.</summary>
/// <param name="What">What it is about.</param>
/// <param name="Before">In the first model; null: the first model has none.</param>
/// <param name="After">In the second model; null: the second model has none.</param>
public sealed record TextChange(string What, string? Before, string? After);

/// <summary>A node that only one model has, or that is not the same in both.</summary>
/// <param name="Before">Its name in the first model; null: it is new.</param>
/// <param name="After">Its name in the second model; null: it is gone.</param>
/// <param name="Op">Its operator, the first one if they differ.</param>
/// <param name="Changes">What changed, a sentence for each; empty where only one model has the node.</param>
public sealed record ChangedNode(string? Before, string? After, string Op, ImmutableArray<string> Changes);

/// <summary>A weight whose numbers are not the same in two models.</summary>
/// <param name="Node">The node that reads it, by its name in the first model.</param>
/// <param name="Input">Which input of the node it is, from 0.</param>
/// <param name="Before">Type and first digits of the SHA-256 of the first one.</param>
/// <param name="After">The same of the second one.</param>
/// <param name="MaxAbsolute">The largest |x - y|; null where the dimensions or kinds differ.</param>
/// <param name="MaxRelative">The largest |x - y| / |x|.</param>
/// <param name="Decibels">The signal-to-noise ratio, in dB.</param>
public sealed record ChangedWeight(
    string Node, int Input, string Before, string After, double? MaxAbsolute, double? MaxRelative, double? Decibels);

/// <summary>
/// The changes from one model to another, in the canonical opset. Nodes are matched by structure (<see cref="NodeMatching"/>), so other
/// names alone are no change.
/// </summary>
public sealed record ModelDiff
{
    /// <summary>Opset and producer of the file, where they differ. They are no change of what the model computes.</summary>
    public required ImmutableArray<TextChange> File { get; init; }

    /// <summary>Inputs and outputs that are new, gone, or have another name or type.</summary>
    public required ImmutableArray<TextChange> Boundary { get; init; }

    /// <summary>The nodes of both models, those of bodies too.</summary>
    public required Change NodeCount { get; init; }

    /// <summary>How many nodes match.</summary>
    public required int Matched { get; init; }

    /// <summary>How many of them have another name.</summary>
    public required int Renamed { get; init; }

    /// <summary>How many of them have outputs of other types: what follows from other inputs or weights.</summary>
    public required int Retyped { get; init; }

    /// <summary>Nodes that are new, gone, or not the same.</summary>
    public required ImmutableArray<ChangedNode> Nodes { get; init; }

    /// <summary>How many pairs of weights were compared; equal ones by their hashes alone.</summary>
    public required int ComparedWeights { get; init; }

    /// <summary>Weights with other numbers.</summary>
    public required ImmutableArray<ChangedWeight> Weights { get; init; }

    /// <summary>Whether both models take and give the same and compute it in the same way.</summary>
    [JsonIgnore]
    public bool IsEmpty => Boundary.IsEmpty && Nodes.IsEmpty && Weights.IsEmpty;

    /// <summary>Compares two models that were read into the canonical opset.</summary>
    public static ModelDiff Of(Model before, Model after)
    {
        var walk = new GraphComparison();
        walk.Compare(before.Graph, after.Graph, "", v => v.Name, v => v.Name);
        return new()
        {
            File =
            [
                .. new TextChange[]
                {
                    new("opset", $"{before.SourceOpset}", $"{after.SourceOpset}"),
                    new("producer", $"{before.ProducerName} {before.ProducerVersion}".Trim(), $"{after.ProducerName} {after.ProducerVersion}".Trim()),
                }.Where(c => c.Before != c.After),
            ],
            Boundary = [.. Values("input", before.Graph.Inputs, after.Graph.Inputs), .. Values("output", before.Graph.Outputs, after.Graph.Outputs)],
            NodeCount = new(PassReport.CountNodes(before.Graph), PassReport.CountNodes(after.Graph)),
            Matched = walk.Matched,
            Renamed = walk.Renamed,
            Retyped = walk.Retyped,
            Nodes = [.. walk.Nodes],
            ComparedWeights = walk.ComparedWeights,
            Weights = [.. walk.Weights],
        };
    }

    /// <summary>Values of one name, then the others by their order.</summary>
    private static IEnumerable<TextChange> Values(string what, ImmutableArray<Value> before, ImmutableArray<Value> after)
    {
        Value[] gone = [.. before.ExceptBy(after.Select(v => v.Name), v => v.Name)],
            come = [.. after.ExceptBy(before.Select(v => v.Name), v => v.Name)];
        foreach (Value v in before)
            if (after.FirstOrDefault(w => w.Name == v.Name) is { } same && Text(same) != Text(v))
                yield return new(what, Text(v), Text(same));
        for (int i = 0; i < Math.Max(gone.Length, come.Length); i++)
            yield return new(what, i < gone.Length ? Text(gone[i]) : null, i < come.Length ? Text(come[i]) : null);

        static string Text(Value v) => $"{v.Name}: {v.Type}";
    }
}
