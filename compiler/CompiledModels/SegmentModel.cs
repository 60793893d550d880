using GraphPartition.Ir.Rewriting;
using GraphPartition.Ir.Tensors;
using GraphPartition.Ir.Types;
using GraphPartition.Onnx;
using GraphPartition.Onnx.Writing;
using GraphPartition.Operators.Inference;

namespace GraphPartition.CompiledModels;

/// <summary>
/// A segment as an ONNX model of its own, in memory. Weights that lie in a file of the model may stay there: the model then refers
/// to them by their place.
/// </summary>
public sealed class SegmentModel
{
    /// <summary>Above this, weights for TensorRT's parser stay in the model's file: a protobuf holds 2 GiB.</summary>
    private const long InlineUpTo = 1L << 30;

    private readonly Func<int, int> _originOf;
    private string? _key;

    private SegmentModel(Model part, string? path, bool valueTypes, Func<int, int> originOf)
    {
        Graph = part.Graph;
        Path = path;
        Opsets = part.Opsets;
        Bytes = OnnxWriter.ToBytes(part, new OnnxWriteOptions { ReferTo = Directory, ValueTypes = valueTypes });
        _originOf = originOf;
    }

    /// <summary>The graph that was written.</summary>
    public Graph Graph { get; }

    /// <summary>The version of each domain's operators.</summary>
    public ImmutableSortedDictionary<string, int> Opsets { get; }

    /// <summary>Whether its inputs and outputs have the names of the model's values (<see cref="TrtNode.NamesValues"/>).</summary>
    public bool NamesValues { get; private init; }

    /// <summary>The ONNX model.</summary>
    public byte[] Bytes { get; }

    /// <summary>The file whose weights it refers to; null where it holds all of them.</summary>
    public string? Path { get; }

    /// <summary>The folder of <see cref="Path"/>, which references are relative to; null where there is none.</summary>
    public string? Directory => Path is null ? null : System.IO.Path.GetDirectoryName(System.IO.Path.GetFullPath(Path));

    /// <summary>What it computes, weights included (<see cref="CompiledModels.ContentKey"/>).</summary>
    public string ContentKey => _key ??= CompiledModels.ContentKey.Of(Graph, Opsets);

    /// <summary>The node of the graph that was cut from which a node of this model comes; null where there is no such node.</summary>
    /// <param name="node">The place of the node in this model, as parser errors give it.</param>
    public int? OriginOf(int node) => node >= 0 && node < Graph.Nodes.Length ? _originOf(node) : null;

    /// <summary>
    /// A segment for ONNX Runtime, which maps weights in the model's files, so sessions of one model share them. Values keep their names.
    /// </summary>
    /// <param name="model">The model whose graph is cut.</param>
    /// <param name="segment">The segment.</param>
    public static SegmentModel ForSession(Model model, GraphSegment segment) =>
        new(PartOf(model, segment), model.Path, valueTypes: true, n => segment.Nodes[n]);

    /// <summary>A segment as a model of its own, whose values keep their names.</summary>
    /// <param name="model">The model whose graph is cut.</param>
    /// <param name="segment">The segment.</param>
    public static Model PartOf(Model model, GraphSegment segment)
    {
        Graph graph = RandomSeeds.In(segment.Extract(model.Graph, weightsAsInputs: false, $"segment {segment.Index}"));
        return new(graph) { Opsets = model.Opsets, FormatVersion = model.FormatVersion, Functions = CalledFunctions.Of(model, graph) };
    }

    /// <summary>A graph that takes the place of a segment for ONNX Runtime, with the same inputs and outputs.</summary>
    /// <param name="model">The model whose graph is cut.</param>
    /// <param name="graph">The graph.</param>
    public static SegmentModel OfGraph(Model model, Graph graph) => new(
        new(graph) { Opsets = model.Opsets, FormatVersion = model.FormatVersion, Functions = CalledFunctions.Of(model, graph) },
        model.Path, valueTypes: true, n => n);

    /// <summary>
    /// A group for TensorRT's parser, with the names that its engines have. What shape arithmetic knows is a constant: the parser must know
    /// axes and the like, and the operator table relies on it.
    /// </summary>
    /// <param name="model">The model whose graph is cut.</param>
    /// <param name="group">The group.</param>
    /// <param name="lower">Brings the group to an opset that the parser takes; returns null where there is none.</param>
    /// <param name="rankOf">The rank of an input that has no known one, where it is to be built for one; null: none has.</param>
    /// <returns>Null where <paramref name="lower"/> returns null.</returns>
    public static SegmentModel? ForParser(
        Model model, TrtNode group, Func<Model, LoweredModel?> lower, Func<Value, int?>? rankOf = null)
    {
        (Graph graph, ImmutableArray<int> nodes) = Named(model.Graph, group, rankOf);
        Model part = new(graph) { Opsets = model.Opsets, SourceOpset = model.SourceOpset };
        if (lower(part) is not { } lowered) return null;
        ImmutableArray<int> origins = lowered.OriginsOf(lowered.Model.Graph);
        int format = OnnxVersions.FormatOf(lowered.Model.Opsets.GetValueOrDefault("", OnnxVersions.NewestOpset));
        return new(lowered.Model with { FormatVersion = format },
            group.Segment.Weights.Sum(w => w.Data!.ByteCount) > InlineUpTo ? model.Path : null, valueTypes: true, n => nodes[origins[n]])
        { NamesValues = group.NamesValues };
    }

    /// <summary>The graph, and for each of its nodes the one that it comes from.</summary>
    private static (Graph Graph, ImmutableArray<int> Nodes) Named(Graph graph, TrtNode group, Func<Value, int?>? rankOf)
    {
        GraphSegment segment = group.Segment;
        Dictionary<Value, Value> names = new(ReferenceEqualityComparer.Instance);
        HashSet<Value> results = [.. segment.Outputs];
        List<Value> known = [];
        List<int> nodes = [];
        foreach (int n in segment.Nodes)
        {
            Node node = graph.Nodes[n];
            bool isKnown = node.Outputs.All(v => v is not null && !results.Contains(v) && KnownElements.Of(v) is not null);
            if (isKnown) known.AddRange(node.Outputs.OfType<Value>());
            else nodes.Add(n);
        }
        for (int i = 0; i < segment.Outputs.Length; i++) names[segment.Outputs[i]] = Renamed(segment.Outputs[i], group.OutputName(i), null);
        for (int i = 0; i < segment.Inputs.Length; i++)
            names[segment.Inputs[i]] = segment.Inputs[i] is { Shape: null } open && rankOf?.Invoke(open) is { } rank
                ? new(group.InputName(i), IrType.Tensor(open.ElementType, Shape.OfRank(rank)))
                : Known(segment.Inputs[i], group.InputName(i));
        foreach (Value v in known) names[v] = Known(v, v.Name);
        Substitution substitution = new(names);
        var builder = new GraphBuilder(DeclaredTypes.Instance) { Name = "group" };
        foreach (Value v in segment.Inputs)
            if (!names[v].IsConstant) builder.Input(names[v]);
        foreach (Value v in segment.Inputs.Concat(known))
            if (names[v].IsConstant) builder.Constant(names[v]);
        foreach (Value v in segment.Weights) builder.Constant(v);
        foreach (int n in nodes) substitution.Append(builder, graph.Nodes[n]);
        return (builder.Build([.. segment.Outputs.Select(v => names[v])]), [.. nodes]);
    }

    private static Value Known(Value value, string name) => Renamed(value, name, KnownElements.Of(value));

    private static Value Renamed(Value value, string name, TensorData? data) => new(name, value.Type, data, value.Elements);
}
