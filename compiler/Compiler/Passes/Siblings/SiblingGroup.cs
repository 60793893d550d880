using System.Runtime.InteropServices;
using GraphPartition.Compiler.Cost;
using GraphPartition.Compiler.Passes.BatchNorm;

namespace GraphPartition.Compiler.Passes.Siblings;

/// <summary>Layers that read the same value and differ only in their weights.</summary>
internal sealed class SiblingGroup(Sibling first)
{
    /// <summary>The first in the graph.</summary>
    public Sibling First => first;

    /// <summary>All of them, in the graph's order.</summary>
    public List<Sibling> Members { get; } = [first];

    /// <summary>
    /// Why fusion does not pay inside an engine. k layers become one: k - 1 launches less for each kind of node in them, and x is
    /// read k - 1 times less; the arithmetic is the same. The Split is one launch more and copies the result: one read and one
    /// write. An unknown batch counts as 1.
    /// </summary>
    /// <returns>The reason, or null where it pays.</returns>
    public string? Objection(DeviceProfile device)
    {
        if (Bytes(first.Layer.Node.Input(0)) is not { } input) return "the size of its input is not known";
        long results = 0;
        foreach (Sibling member in Members)
        {
            if (Bytes(member.Result) is not { } result) return "the size of its result is not known";
            results += result;
        }
        int fewer = Members.Count - 1;
        double saved = (fewer * first.Nodes.Length * device.Engine.LaunchMicroseconds) + Microseconds((double)fewer * input);
        double spent = device.Engine.LaunchMicroseconds + Microseconds(2.0 * results);
        return saved > spent ? null
            : $"as one, {fewer + 1} layers of one input would save {saved:G3} microseconds, and a Split would cost {spent:G3}";

        double Microseconds(double bytes) => 1e6 * bytes / device.Engine.BytesPerSecond;
    }

    /// <summary>Replaces all layers by one layer and a Split.</summary>
    /// <returns>Whether it did; false where the weights are too large for one tensor.</returns>
    public bool TryFuse(RewriteContext rewrite)
    {
        LinearLayer layer = first.Layer;
        if (Members.Sum(m => m.Layer.Weight.Data!.ByteCount) > int.MaxValue) return false;
        string name = rewrite.Context.Fresh(layer.Node.Output(0)!.Name + "_fused");
        Value weight = rewrite.Constant(layer.Weight.Name, JoinedWeights());
        Value? bias = Members.TrueForAll(m => m.Bias is null) ? null : rewrite.Constant(name + "_bias", RealNumbers.ToTensor(
            layer.Weight.ElementType, [.. Members.SelectMany(m => m.Bias ?? new double[m.Layer.Channels])],
                Members.Sum(m => m.Layer.Channels)));
        Value x = rewrite.Input(layer.Node, 0)!;
        Value y = rewrite.Add(layer.Node, layer.Node.Op,
            bias is null || first.Add is not null ? [x, weight] : [x, weight, bias], name, layer.Node.Attributes);
        if (first.Add is { } add) y = rewrite.Add(add, "Add", [y, bias], rewrite.Context.Fresh(name + "_biased"), name: "");
        if (first.Activation is { } activation)
            y = rewrite.Add(activation, activation.Op, [y], rewrite.Context.Fresh(name + "_active"), activation.Attributes);

        Value sizes = rewrite.Constant(name + "_sizes", TensorData.Int64s([.. Members.Select(m => m.Layer.Channels)]));
        long axis = layer.AxisFromEnd > 1 ? 1 : y.Shape is { } shape ? shape.Rank - 1 : -1;
        Node split = rewrite.Builder.Add("Split", [y, sizes],
            [.. Members.Select(m => OutputSpec.Like(m.Result))], AttributeMap.Of(("axis", axis)));
        for (int i = 0; i < Members.Count; i++) rewrite.Replace(Members[i].Result, split.Outputs[i]!);
        return true;
    }

    private static long? Bytes(Value? value)
    {
        if (value?.Shape is not { } shape) return null;
        long count = 1;
        for (int i = 0; i < shape.Rank; i++)
            if (shape[i].IsKnown) count *= shape[i].Size;
            else if (i > 0) return null;
        return value.ElementType.ByteCount(count);
    }

    /// <summary>The weights concatenated along the axis of the output channels: whole rows of it at a time.</summary>
    private MemoryTensor JoinedWeights()
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
