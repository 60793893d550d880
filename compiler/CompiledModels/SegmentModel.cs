using GraphPartition.Ir.Rewriting;
using GraphPartition.Onnx;
using GraphPartition.Onnx.Writing;

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

    /// <summary>The ONNX model.</summary>
    public byte[] Bytes { get; }

    /// <summary>The file whose weights it refers to; null where it holds all of them.</summary>
    public string? Path { get; }

    /// <summary>The folder of <see cref="Path"/>, which references are relative to; null where there is none.</summary>
    public string? Directory => Path is null ? null : System.IO.Path.GetDirectoryName(System.IO.Path.GetFullPath(Path));

    /// <summary>What it computes, weights included (<see cref="CompiledModels.ContentKey"/>).</summary>
    public string ContentKey => _key ??= CompiledModels.ContentKey.Of(Graph, Opsets);

    /// <summary>The name of an engine's input.</summary>
    public static string Input(int place) => $"gp_in_{place}";

    /// <summary>The name of an engine's output.</summary>
    public static string Output(int place) => $"gp_out_{place}";

    /// <summary>The node of the graph that was cut from which a node of this model comes; null where there is no such node.</summary>
    /// <param name="node">The place of the node in this model, as parser errors give it.</param>
    public int? OriginOf(int node) => node >= 0 && node < Graph.Nodes.Length ? _originOf(node) : null;

    /// <summary>
    /// A segment for ONNX Runtime, which maps weights in the model's files, so sessions of one model share them. Values keep their names.
    /// </summary>
    /// <param name="model">The model whose graph is cut.</param>
    /// <param name="segment">The segment.</param>
    public static SegmentModel ForSession(Model model, GraphSegment segment)
    {
        Graph graph = RandomSeeds.In(segment.Extract(model.Graph, weightsAsInputs: false, $"segment {segment.Index}"));
        Model part = new(graph)
        {
            Opsets = model.Opsets,
            FormatVersion = model.FormatVersion,
            Functions = CalledFunctions.Of(model, graph),
        };
        return new(part, model.Path, valueTypes: true, n => segment.Nodes[n]);
    }

    /// <summary>A graph that takes the place of a segment for ONNX Runtime, with the same inputs and outputs.</summary>
    /// <param name="model">The model whose graph is cut.</param>
    /// <param name="graph">The graph.</param>
    public static SegmentModel OfGraph(Model model, Graph graph) => new(
        new(graph) { Opsets = model.Opsets, FormatVersion = model.FormatVersion, Functions = CalledFunctions.Of(model, graph) },
        model.Path, valueTypes: true, n => n);

    /// <summary>
    /// A group for TensorRT's parser. Inputs and outputs are named by their places, so that groups which compute the same have the
    /// same engine whatever their values are called.
    /// </summary>
    /// <param name="model">The model whose graph is cut.</param>
    /// <param name="segment">The group.</param>
    /// <param name="lower">Brings the group to an opset that the parser takes; returns null where there is none.</param>
    /// <returns>Null where <paramref name="lower"/> returns null.</returns>
    public static SegmentModel? ForParser(Model model, GraphSegment segment, Func<Model, LoweredModel?> lower)
    {
        Model group = new(ByPlace(model.Graph, segment)) { Opsets = model.Opsets, SourceOpset = model.SourceOpset };
        if (lower(group) is not { } lowered) return null;
        ImmutableArray<int> origins = lowered.OriginsOf(lowered.Model.Graph);
        int format = OnnxVersions.FormatOf(lowered.Model.Opsets.GetValueOrDefault("", OnnxVersions.NewestOpset));
        return new(lowered.Model with { FormatVersion = format },
            segment.Weights.Sum(w => w.Data!.ByteCount) > InlineUpTo ? model.Path : null, valueTypes: true, n => segment.Nodes[origins[n]]);
    }

    private static Graph ByPlace(Graph graph, GraphSegment segment)
    {
        Dictionary<Value, Value> names = new(ReferenceEqualityComparer.Instance);
        for (int i = 0; i < segment.Outputs.Length; i++) names[segment.Outputs[i]] = Renamed(segment.Outputs[i], Output(i));
        for (int i = 0; i < segment.Inputs.Length; i++) names[segment.Inputs[i]] = Renamed(segment.Inputs[i], Input(i));
        Substitution substitution = new(names);
        var builder = new GraphBuilder(DeclaredTypes.Instance) { Name = "group" };
        foreach (Value v in segment.Inputs) builder.Input(names[v]);
        foreach (Value v in segment.Weights) builder.Constant(v);
        foreach (int n in segment.Nodes) substitution.Append(builder, graph.Nodes[n]);
        return builder.Build([.. segment.Outputs.Select(v => names[v])]);
    }

    private static Value Renamed(Value value, string name) => new(name, value.Type, null, value.Elements);
}
