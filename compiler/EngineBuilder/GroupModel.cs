using System.Collections.Immutable;
using GraphPartition.CompiledModels;
using GraphPartition.Compiler.Import.Opsets;
using GraphPartition.Ir.Graphs;
using GraphPartition.Ir.Rewriting;
using GraphPartition.Onnx;
using GraphPartition.Onnx.Writing;

namespace GraphPartition.EngineBuilder;

/// <summary>
/// A group as an ONNX model for TensorRT's parser: in an opset of the parser, with inputs and outputs named by their place, so that groups
/// that compute the same share an engine whatever the names of their values are.
/// </summary>
internal sealed class GroupModel
{
    /// <summary>The most bytes of weights to copy. More are references into the model's file, since a protobuf holds 2 GiB.</summary>
    private const long InlineUpTo = 1L << 30;

    private readonly ImmutableArray<int> _owners;

    private GroupModel(Graph graph, byte[] bytes, string? path, int opset, ImmutableArray<int> owners, string key)
    {
        Graph = graph;
        Bytes = bytes;
        Path = path;
        Opset = opset;
        _owners = owners;
        ContentKey = key;
    }

    /// <summary>The graph that was written.</summary>
    public Graph Graph { get; }

    /// <summary>The ONNX model.</summary>
    public byte[] Bytes { get; }

    /// <summary>The file whose weights it refers to; null if it holds all of them.</summary>
    public string? Path { get; }

    /// <summary>Its opset of the standard operators.</summary>
    public int Opset { get; }

    /// <summary>What it computes and for which shapes, weights included (<see cref="CompiledModels.ContentKey.WithShapes"/>).</summary>
    public string ContentKey { get; }

    /// <summary>The name of an engine's input.</summary>
    public static string Input(int index) => $"gp_in_{index}";

    /// <summary>The name of an engine's output.</summary>
    public static string Output(int index) => $"gp_out_{index}";

    /// <summary>The node of the partitioned graph that a node of the written model came from.</summary>
    /// <param name="index">The place of the node in the written model, as parser errors give it.</param>
    public int? OwnerOf(int index) => index >= 0 && index < _owners.Length ? _owners[index] : null;

    /// <summary>Writes a group.</summary>
    /// <param name="model">The model, in the canonical opset.</param>
    /// <param name="segment">The group.</param>
    /// <param name="newestOpset">The newest opset of the parser.</param>
    /// <param name="refused">The nodes that no such opset can express, with the reason.</param>
    /// <returns>The model; null if there are such nodes.</returns>
    public static GroupModel? Of(Model model, GraphSegment segment, int newestOpset, out IReadOnlyList<(int Node, string Reason)> refused)
    {
        Graph part = segment.Extract(model.Graph, weightsAsInputs: false, "group");
        string key = GraphPartition.CompiledModels.ContentKey.WithShapes(part, model.Opsets);
        Model portable = new(ByPlace(part, segment)) { Opsets = model.Opsets, SourceOpset = model.SourceOpset };
        if (Lower(portable, newestOpset) is not { } lowered)
        {
            refused = [.. segment.Nodes.Select(n => (Node: n, Reason: WhyNot(model, n, newestOpset)!)).Where(n => n.Reason is not null)];
            return null;
        }
        refused = [];
        int opset = lowered.Opsets.GetValueOrDefault("", newestOpset);
        long weights = segment.Weights.Sum(w => w.Data!.ByteCount);
        string? path = weights > InlineUpTo ? model.Path : null;
        string? folder = path is null ? null : System.IO.Path.GetDirectoryName(System.IO.Path.GetFullPath(path));
        Model written = lowered with { FormatVersion = OnnxVersions.FormatOf(opset) };
        byte[] bytes = OnnxWriter.ToBytes(written, new OnnxWriteOptions { ReferTo = folder });
        return new(lowered.Graph, bytes, path, opset, Owners(model.Graph, segment, lowered.Graph), key);
    }

    private static Model? Lower(Model model, int newestOpset)
    {
        for (int opset = Math.Clamp(model.SourceOpset, OpsetExport.Oldest, newestOpset); opset <= newestOpset; opset++)
            if (OpsetExport.TryAt(model, opset, out _) is { } lowered) return lowered;
        return null;
    }

    private static string? WhyNot(Model model, int node, int newestOpset)
    {
        var builder = new GraphBuilder(DeclaredTypes.Instance);
        builder.Append(model.Graph.Nodes[node]);
        Model alone = new(builder.Build([.. model.Graph.Nodes[node].Outputs.OfType<Value>()])) { Opsets = model.Opsets };
        return OpsetExport.TryAt(alone, newestOpset, out var faults) is null ? faults[0].Message : null;
    }

    /// <summary>The group with its inputs and outputs named by their place.</summary>
    private static Graph ByPlace(Graph part, GraphSegment segment)
    {
        Dictionary<Value, Value> names = new(ReferenceEqualityComparer.Instance);
        for (int i = 0; i < segment.Outputs.Length; i++) names[segment.Outputs[i]] = Renamed(segment.Outputs[i], Output(i));
        for (int i = 0; i < segment.Inputs.Length; i++) names[segment.Inputs[i]] = Renamed(segment.Inputs[i], Input(i));
        Substitution substitution = new(names);
        var builder = new GraphBuilder(DeclaredTypes.Instance) { Name = part.Name };
        foreach (Value v in segment.Inputs) builder.Input(names[v]);
        foreach (Value v in segment.Weights) builder.Constant(v);
        foreach (Node node in part.Nodes) substitution.Append(builder, node);
        return builder.Build([.. segment.Outputs.Select(v => names[v])]);
    }

    private static Value Renamed(Value value, string name) => new(name, value.Type, null, value.Elements);

    /// <summary>
    /// Lowering keeps values and replaces nodes, some by several. So a node comes from the node of the source that defines its output, or
    /// else from that of the next node with such an output.
    /// </summary>
    private static ImmutableArray<int> Owners(Graph source, GraphSegment segment, Graph written)
    {
        Dictionary<string, int> byPlace = [];
        Dictionary<Value, int> producers = new(ReferenceEqualityComparer.Instance);
        foreach (int n in segment.Nodes)
            foreach (Value? output in source.Nodes[n].Outputs)
                if (output is not null) producers[output] = n;
        for (int i = 0; i < segment.Outputs.Length; i++) byPlace[Output(i)] = producers[segment.Outputs[i]];

        var owners = new int[written.Nodes.Length];
        int next = segment.Nodes[^1];
        for (int n = owners.Length - 1; n >= 0; n--)
        {
            foreach (Value? output in written.Nodes[n].Outputs)
            {
                if (output is null) continue;
                if (producers.TryGetValue(output, out int owner) || byPlace.TryGetValue(output.Name, out owner)) next = owner;
            }
            owners[n] = next;
        }
        return [.. owners];
    }
}
