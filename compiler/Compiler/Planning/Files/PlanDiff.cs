using System.Text.Json.Serialization;

namespace GraphPartition.Compiler.Planning.Files;

/// <summary>A number before and after.</summary>
/// <param name="Before">In the first plan.</param>
/// <param name="After">In the second plan.</param>
public readonly record struct Change(double Before, double After)
{
    /// <summary>Whether it is the same in both.</summary>
    [JsonIgnore]
    public bool IsNone => Before.Equals(After);
}

/// <summary>An engine that only one of two plans has.</summary>
/// <param name="Engine">Its number in that plan.</param>
/// <param name="Nodes">The names of its nodes.</param>
public sealed record EngineChange(int Engine, ImmutableArray<string> Nodes);

/// <summary>A node whose place or reason is not the same in two plans.</summary>
/// <param name="Node">Its name.</param>
/// <param name="Op">Its operator.</param>
/// <param name="Before">Where it was: <c>engine 2</c>, <c>fallback</c>, or null where the first plan has no such node.</param>
/// <param name="After">Where it is.</param>
/// <param name="Reason">Why it is not in an engine now, or was not before.</param>
public sealed record NodeChange(string Node, string Op, string? Before, string? After, string? Reason)
{
    /// <summary>How the node itself changed, for instance "Relu became Sigmoid"; left out if it did not.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Itself { get; init; }
}

/// <summary>An option that is not the same in two plans.</summary>
/// <param name="Option">Its name.</param>
/// <param name="Before">Its value in the first plan.</param>
/// <param name="After">Its value in the second plan.</param>
public sealed record OptionChange(string Option, string Before, string After);

/// <summary>
/// The changes from one plan to another. Nodes are matched by name, and engines by the nodes that they share, so a renumbering alone is no
/// change.
/// </summary>
public sealed record PlanDiff
{
    /// <summary>Options that differ: the target, the support policy, the kind of groups.</summary>
    public required ImmutableArray<OptionChange> Options { get; init; }

    /// <summary>The number of engines, bodies included.</summary>
    public required Change Engines { get; init; }

    /// <summary>The proven minimum.</summary>
    public required Change MinimumEngines { get; init; }

    /// <summary>The number of segments.</summary>
    public required Change Segments { get; init; }

    /// <summary>The number of tensors that leave a segment.</summary>
    public required Change BoundaryTensors { get; init; }

    /// <summary>Bytes times boundaries crossed.</summary>
    public required Change BoundaryBytes { get; init; }

    /// <summary>Engines that only the second plan has.</summary>
    public required ImmutableArray<EngineChange> AddedEngines { get; init; }

    /// <summary>Engines that only the first plan has.</summary>
    public required ImmutableArray<EngineChange> RemovedEngines { get; init; }

    /// <summary>Nodes that are new, gone, moved, have another reason, or do something else.</summary>
    public required ImmutableArray<NodeChange> Nodes { get; init; }

    /// <summary>Whether the plans put the same nodes into the same engines for the same reasons, with the same options.</summary>
    public bool IsEmpty => Options.IsEmpty && Engines.IsNone && MinimumEngines.IsNone && Segments.IsNone && BoundaryTensors.IsNone
        && BoundaryBytes.IsNone
        && AddedEngines.IsEmpty && RemovedEngines.IsEmpty && Nodes.IsEmpty;

    /// <summary>Compares two plans.</summary>
    public static PlanDiff Of(PlanFile before, PlanFile after)
    {
        Dictionary<string, PlacedNode> old = PlacedNode.AllOf(before.Proof), now = PlacedNode.AllOf(after.Proof);
        Dictionary<int, int> matches = Match(old, now); // engine of the first plan -> engine of the second
        var changes = ImmutableArray.CreateBuilder<NodeChange>();
        foreach ((string key, PlacedNode node) in old)
        {
            PlacedNode? then = now.GetValueOrDefault(key);
            bool isSame = then is not null && then.Node.Reason == node.Node.Reason && IsSamePlace(node.Engine, then.Engine);
            string? reason = then?.Node.Reason ?? node.Node.Reason, itself = then is null ? null
                : node.ChangeTo(then, name => old.ContainsKey(name) && now.ContainsKey(name));
            // An engine is named as in the second plan where it is the same one: numbers of two plans are not names.
            string place = matches.TryGetValue(node.Engine, out int renumbered) ? $"engine {renumbered}" : node.Place;
            if (!isSame || itself is not null) changes.Add(new(key, node.Node.Op, place, then?.Place, reason) { Itself = itself });
        }
        // Nodes of an engine that only one plan has are not listed one by one: the engine is.
        bool IsSamePlace(int engine, int then) => engine < 0 || then < 0 ? engine == then
            : !matches.TryGetValue(engine, out int match) || match == then || !matches.ContainsValue(then);
        foreach ((string key, PlacedNode node) in now)
            if (!old.ContainsKey(key)) changes.Add(new(key, node.Node.Op, null, node.Place, node.Node.Reason));
        return new()
        {
            Options = OptionsOf(before.Options, after.Options),
            Engines = new(before.Proof.TotalEngines, after.Proof.TotalEngines),
            MinimumEngines = new(before.Summary.MinimumEngines, after.Summary.MinimumEngines),
            Segments = new(before.Summary.Segments, after.Summary.Segments),
            BoundaryTensors = new(before.Summary.BoundaryTensors, after.Summary.BoundaryTensors),
            BoundaryBytes = new(before.Summary.BoundaryBytes, after.Summary.BoundaryBytes),
            AddedEngines = Only(now, matches.Values.ToHashSet()),
            RemovedEngines = Only(old, [.. matches.Keys]),
            Nodes = changes.ToImmutable(),
        };
    }

    /// <summary>Checks that two plans can be of one model: the same inputs and outputs, or most nodes the same.</summary>
    /// <exception cref="ModelException">GP3011 with both models, where they cannot.</exception>
    public static void CheckSameModel(PlanFile file, string where, PlanFile plan)
    {
        Dictionary<string, PlacedNode> old = PlacedNode.AllOf(file.Proof), now = PlacedNode.AllOf(plan.Proof);
        int common = old.Keys.Count(now.ContainsKey), most = Math.Max(old.Count, now.Count);
        bool sameBoundary = file.Model.Name == plan.Model.Name
            && file.Model.Inputs.SequenceEqual(plan.Model.Inputs) && file.Model.Outputs.SequenceEqual(plan.Model.Outputs);
        if (sameBoundary ? most > 0 && common == 0 : 2 * common < most)
            throw CompilerCodes.OtherModel.Error(where, $"it is of {file.Model}, not of {plan.Model}: {common} names of nodes are in both");
    }

    /// <summary>The names of the nodes that an engine may take by a plan.</summary>
    internal static IEnumerable<string> Supported(PlanProof proof) =>
        PlacedNode.AllOf(proof).Where(n => n.Value.Node.Supported).Select(n => n.Key);

    private static ImmutableArray<OptionChange> OptionsOf(PlanOptions before, PlanOptions after) =>
        [.. new OptionChange[]
        {
            new("target", before.Target, after.Target), new("support", before.Support, after.Support), new("groups", before.Groups, after.Groups),
        }.Where(o => o.Before != o.After)];

    // Pairs of engines by the number of nodes that they share, the most first; ties by their numbers.
    private static Dictionary<int, int> Match(Dictionary<string, PlacedNode> old, Dictionary<string, PlacedNode> now)
    {
        var shared = new Dictionary<(int Before, int After), int>();
        foreach ((string key, PlacedNode node) in old)
            if (node.Engine >= 0 && now.TryGetValue(key, out PlacedNode? then) && then.Engine >= 0)
                shared[(node.Engine, then.Engine)] = shared.GetValueOrDefault((node.Engine, then.Engine)) + 1;
        var matches = new Dictionary<int, int>();
        var taken = new HashSet<int>();
        foreach (((int before, int after), _) in shared.OrderByDescending(s => s.Value).ThenBy(s => s.Key))
            if (!matches.ContainsKey(before) && taken.Add(after)) matches.Add(before, after);
        return matches;
    }

    private static ImmutableArray<EngineChange> Only(Dictionary<string, PlacedNode> nodes, HashSet<int> matched) =>
        [.. nodes.Where(n => n.Value.Engine >= 0 && !matched.Contains(n.Value.Engine)).GroupBy(n => n.Value.Engine, n => n.Key)
            .OrderBy(g => g.Key).Select(g => new EngineChange(g.Key, [.. g]))];

    /// <summary>A node with the number of its engine, or -1.</summary>
    private sealed record PlacedNode(NodeRecord Node, int Engine, ImmutableArray<string> Reads)
    {
        /// <summary>
        /// How the node itself changed; null if it did not. That it reads past a node which is new or gone follows from that node.
        /// </summary>
        public string? ChangeTo(PlacedNode after, Func<string, bool> isInBoth)
        {
            if (Node.Op != after.Node.Op) return $"{Node.Op} became {after.Node.Op}";
            if (!Reads.SequenceEqual(after.Reads) && Reads.Concat(after.Reads).All(isInBoth))
                return $"it reads {Names(after.Reads)} instead of {Names(Reads)}";
            bool isKnown = Node.Key is not null && after.Node.Key is not null;
            return isKnown && Node.Key != after.Node.Key ? "its attributes, types or sizes changed" : null;

            static string Names(ImmutableArray<string> nodes) => nodes.IsEmpty ? "no node" : string.Join(", ", nodes);
        }

        public string Place => Engine < 0 ? "fallback" : $"engine {Engine}";

        /// <summary>All nodes by name. A repeated name gets a number; nodes of bodies get the name of the node around them.</summary>
        public static Dictionary<string, PlacedNode> AllOf(PlanProof proof)
        {
            var nodes = new Dictionary<string, PlacedNode>();
            Add(proof, "", 0, nodes);
            return nodes;
        }

        private static int Add(PlanProof proof, string scope, int firstEngine, Dictionary<string, PlacedNode> nodes)
        {
            var engineOf = new int[proof.Segments.Length];
            for (int s = 0; s < engineOf.Length; s++) engineOf[s] = proof.Segments[s].Engine ? firstEngine++ : -1;
            var repeats = new Dictionary<string, int>();
            string[] names = [.. proof.Nodes.Select(node =>
            {
                int again = repeats[node.Name] = repeats.GetValueOrDefault(node.Name) + 1;
                return again == 1 ? node.Name : $"{node.Name} (#{again})";
            })];
            for (int n = 0; n < names.Length; n++)
                nodes[scope + names[n]] = new(proof.Nodes[n], engineOf[proof.Nodes[n].Segment],
                    [.. proof.Nodes[n].Reads.Where(r => r >= 0 && r < names.Length).Select(r => scope + names[r])
                        .Order(StringComparer.Ordinal)]);
            foreach (BodyProof body in proof.Bodies ?? [])
                firstEngine = Add(body.Proof, $"{scope}{proof.Nodes[body.Node].Name}[{body.Body}]/", firstEngine, nodes);
            return firstEngine;
        }
    }
}
