using System.Runtime.InteropServices;
using GraphPartition.Compiler.Passes.BatchNorm;
using GraphPartition.Compiler.Passes.Infrastructure;
using GraphPartition.Ir.Graphs;
using GraphPartition.Ir.Rewriting;
using GraphPartition.Ir.Tensors;

namespace GraphPartition.Compiler.Passes.Siblings;

/// <summary>Layers that are the same but for their weights and read the same value.</summary>
internal sealed class SiblingGroup(Graph graph, Sibling first)
{
    /// <summary>The first in the graph.</summary>
    public Sibling First => first;

    /// <summary>All of them, in the graph's order.</summary>
    public List<Sibling> Members { get; } = [first];

    /// <summary>All nodes that one layer stands for.</summary>
    public IEnumerable<int> Nodes => Members.SelectMany(m => m.Nodes);

    /// <summary>What a member gives.</summary>
    public Value Result(Sibling member) => member.Result(graph);

    /// <summary>Whether the layer can join.</summary>
    public bool Takes(Sibling sibling) => first.IsLike(sibling);

    /// <summary>Puts one layer and a Split in the place of all; false where the weights are too large for one tensor.</summary>
    public bool TryFuse(GraphReplay replay, PassContext context)
    {
        LinearLayer layer = first.Layer;
        if (Members.Sum(m => m.Layer.Weight.Data!.ByteCount) > int.MaxValue) return false;
        GraphBuilder builder = replay.Builder;
        string name = context.Fresh(layer.Node.Output(0)!.Name + "_fused");
        Value weight = builder.Constant(context.Fresh(layer.Weight.Name), Joined());
        Value? bias = Members.TrueForAll(m => m.Bias is null) ? null : builder.Constant(context.Fresh(name + "_bias"), RealNumbers.ToTensor(
            layer.Weight.ElementType, [.. Members.SelectMany(m => m.Bias ?? new double[m.Layer.Channels])], Members.Sum(m => m.Layer.Channels)));
        Value x = replay.Input(layer.Node, 0)!;
        Value y = builder.Add(layer.Node.Op, bias is null || first.HasAdd ? [x, weight] : [x, weight, bias], [name], layer.Node.Attributes, layer.Node.Name).Outputs[0]!;
        if (first.HasAdd) y = builder.Add("Add", [y, bias], [context.Fresh(name + "_biased")]).Outputs[0]!;
        if (first.Activation is { } activation)
            y = builder.Add(activation.Op, [y], [context.Fresh(name + "_active")], activation.Attributes, activation.Name).Outputs[0]!;

        Value sizes = builder.Constant(context.Fresh(name + "_sizes"), TensorData.Int64s([.. Members.Select(m => m.Layer.Channels)]));
        OutputSpec[] outputs = [.. Members.Select(m => OutputSpec.Like(Result(m)))];
        Node split = builder.Add("Split", [y, sizes], outputs, AttributeMap.Of(("axis", Axis(y))));
        for (int i = 0; i < outputs.Length; i++) replay.Replace(Result(Members[i]), split.Outputs[i]!);
        return true;
    }

    private long Axis(Value y) => first.Layer.AxisFromEnd == 1 ? y.Shape is { } shape ? shape.Rank - 1 : -1 : 1;

    /// <summary>The weights behind one another along the axis of the output channels: whole rows of it at a time.</summary>
    private MemoryTensor Joined()
    {
        TensorData[] parts = [.. Members.Select(m => m.Layer.Weight.Data!)];
        long[] dims = [.. parts[0].Dims];
        dims[first.ChannelAxis] = parts.Sum(p => p.Dims[first.ChannelAxis]);
        int rows = first.ChannelAxis == 0 ? 1 : (int)dims[0], at = 0;
        var bytes = new byte[parts.Sum(p => p.ByteCount)];
        for (int r = 0; r < rows; r++)
            foreach (TensorData part in parts)
            {
                int length = (int)part.ByteCount / rows;
                part.Bytes.Span.Slice(r * length, length).CopyTo(bytes.AsSpan(at));
                at += length;
            }
        return new(parts[0].Element, ImmutableCollectionsMarshal.AsImmutableArray(dims), bytes);
    }
}
