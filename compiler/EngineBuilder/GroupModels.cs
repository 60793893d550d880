using System.Collections.Immutable;
using GraphPartition.Compiler.Observing;
using GraphPartition.EngineBuilder.Shapes;
using GraphPartition.Operators.TensorRt;

namespace GraphPartition.EngineBuilder;

/// <summary>Writes groups, and parts of groups, as models for one parser, and gives the ranges of their inputs.</summary>
internal sealed class GroupModels(TensorRtRelease release, EngineOptions options, Model source, ImmutableArray<ObservedValue> observed)
{
    private readonly Dictionary<string, ObservedType> _observed = observed.GroupBy(o => o.Value).Where(g => g.Count() == 1)
        .ToDictionary(g => g.Key, g => g.Single().Type); // sibling bodies may share names
    private readonly HashSet<Value> _propagated = [];
    private ShapePropagation? _shapes;

    /// <summary>The release of the parser.</summary>
    public TensorRtRelease Release => release;

    private int NewestOpset => TensorRtTarget.NewestOpset(release);

    /// <summary>Computes the shape ranges of all group inputs, once; again only if a new plan has new inputs.</summary>
    public void Propagate(Graph graph, ImmutableArray<PlacedGroup> groups)
    {
        HashSet<Value> wanted = [.. groups.SelectMany(g => g.Segment.Inputs)];
        if (_shapes is not null && wanted.IsSubsetOf(_propagated)) return;
        _propagated.UnionWith(wanted);
        _shapes = ShapePropagation.Of(graph, options.Operators, options.Shapes, _propagated);
    }

    /// <summary>The group in the lowest opset that can express it; null where the parser takes no such opset.</summary>
    public SegmentModel? Write(PlacedGroup group) => SegmentModel.ForParser(ModelOf(group), group.Group,
        model => OpsetExport.TryForParser(model, NewestOpset, out _), value => Observed(value)?.Opt.Count);

    /// <summary>Some nodes of a group. What the others compute for them is an input.</summary>
    /// <param name="group">The group.</param>
    /// <param name="nodes">Places of its nodes, ascending.</param>
    public static PlacedGroup Part(PlacedGroup group, ImmutableArray<int> nodes) =>
        group with { Group = group.Group with { Segment = GraphSegment.Of(group.Graph, nodes, isEngine: true) } };

    /// <summary>The nodes of a group that no opset of the parser can express, each with the reason.</summary>
    public IEnumerable<(int Node, string Reason)> Inexpressible(PlacedGroup group)
    {
        Model model = ModelOf(group);
        foreach (int n in group.Segment.Nodes)
        {
            var builder = new GraphBuilder(DeclaredTypes.Instance);
            builder.Append(model.Graph.Nodes[n]);
            Model alone = new(builder.Build([.. model.Graph.Nodes[n].Outputs.OfType<Value>()])) { Opsets = model.Opsets };
            if (OpsetExport.TryForParser(alone, NewestOpset, out var faults) is null) yield return (n, faults[0].Message);
        }
    }

    /// <summary>Whether a size of a value has no range.</summary>
    public bool IsOpen(Value value) => _shapes!.ShapeOf(value, Observed) is null;

    /// <summary>The shapes to build a group for; null, with the reason, if a size has no bound.</summary>
    public ShapeProfile? ProfileOf(PlacedGroup group, out string? open)
    {
        ShapeProfile? profile = _shapes!.ProfileOf(group.Segment.Inputs, group.Group.InputName, out open, Observed);
        if (open is null || group.Around is not { } around) return profile;
        string changes = around.Node.Op.Is("If") ? "" : ", where its sizes may change from one iteration to the next";
        open += $"; the value is in a body of {around.Node.Label}{changes}: --min-shapes, --opt-shapes and --max-shapes take its name";
        return profile;
    }

    /// <summary>The bytes of a group's weights.</summary>
    public static long WeightBytes(PlacedGroup group) => group.Segment.Weights.Sum(w => w.Data!.ByteCount);

    private Model ModelOf(PlacedGroup group) => source with { Graph = group.Graph };

    /// <summary>The sizes of a value that one run showed; null where it was not observed, or the rank changed.</summary>
    private ShapeRange? Observed(Value value) =>
        _observed.TryGetValue(value.Name, out ObservedType? type) && type is { Min: { } min, Max: { } max }
            ? new ShapeRange([.. min], [.. max], [.. max]) : null;
}
