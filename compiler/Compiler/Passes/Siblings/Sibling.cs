using GraphPartition.Compiler.Passes.BatchNorm;
using GraphPartition.Compiler.Passes.Elimination;
using GraphPartition.Operators.Families;

namespace GraphPartition.Compiler.Passes.Siblings;

/// <summary>A layer that may be fused with others of its input: the layer, the bias behind a MatMul, and the activation.</summary>
/// <param name="Layer">The layer.</param>
/// <param name="Nodes">Its node and those behind it that belong to it, each the only user of the one before.</param>
/// <param name="Bias">What is added to each output channel, or null.</param>
/// <param name="Add">The node that adds the bias, or null where the layer itself does or there is none.</param>
/// <param name="Activation">The activation, which is applied to each element of the result, or null.</param>
internal sealed record Sibling(LinearLayer Layer, Node[] Nodes, double[]? Bias, Node? Add, Node? Activation)
{
    /// <summary>The output of the last node.</summary>
    public Value Result => Nodes[^1].Output(0)!;

    /// <summary>The axis of the weight along which the output channels are.</summary>
    public int ChannelAxis => Layer.Output.Outer == 1 ? 0 : 1;

    /// <summary>The node as a layer whose weight and bias only it uses.</summary>
    /// <returns>The layer, or null where the node is not one.</returns>
    public static Sibling? Of(Node node, RewriteContext rewrite)
    {
        GraphUses uses = rewrite.Source.Uses;
        if (LinearLayer.Of(node, rewrite.Context).Value is not { } layer || node.Output(0) is not { } at
            || ReferenceEquals(node.Input(0), layer.Weight)
            || node.Attributes.Int("group", 1) != 1 || node.Attributes.Int("transA") != 0
            || layer.Weight.Data is null || !uses.HasSingleUse(layer.Weight)) return null;
        double[]? bias = null;
        if (layer.Bias is { } given && (bias = PerChannel(given, layer)) is null) return null;
        List<Node> nodes = [node];
        Node? add = !layer.TakesBias && Next() is { } next && next.Op.Is("Add") && next.Version == 0
            && (bias = AddedBias(next, at)) is not null ? next : null;
        if (add is not null) Take(add);
        Node? activation = Next() is { Version: 0, Inputs.Length: 1 } last
            && OperatorDefinitions.Of(last.Op).IsActivation ? last : null;
        if (activation is not null) Take(activation);
        return new(layer, [.. nodes], bias, add, activation);

        Node? Next() => uses.HasSingleUse(at) && rewrite.Source.Nodes[uses.UsersOf(at)[0]] is { Attributes: var a } user
            && a.Bodies().IsEmpty && user.Output(0) is not null ? user : null;

        void Take(Node user)
        {
            nodes.Add(user);
            at = user.Output(0)!;
        }

        double[]? AddedBias(Node add, Value product)
        {
            Value? other = ReferenceEquals(add.Input(0), product) ? add.Input(1) : add.Input(0);
            return other is { IsConstant: true } ? PerChannel(other, layer) : null;
        }
    }

    /// <summary>Whether both differ only in their numbers, so that one layer can do the work of both.</summary>
    public bool IsLike(Sibling other) =>
        Layer.Node.Op.Equals(other.Layer.Node.Op) && Layer.Weight.ElementType == other.Layer.Weight.ElementType
        && SameAttributes.Are(Layer.Node.Attributes, other.Layer.Node.Attributes)
        && Add is null == other.Add is null && DiffersOnlyInChannels(other)
        && (Activation is null ? other.Activation is null
            : other.Activation is { } a && a.Op.Equals(Activation.Op) && SameAttributes.Are(a.Attributes, Activation.Attributes));

    private bool DiffersOnlyInChannels(Sibling other)
    {
        Shape a = Layer.Weight.Shape!, b = other.Layer.Weight.Shape!;
        if (a.Rank != b.Rank) return false;
        for (int i = 0; i < a.Rank; i++)
            if (i != ChannelAxis && a[i] != b[i]) return false;
        return true;
    }

    private static double[]? PerChannel(Value bias, LinearLayer layer)
    {
        if (RealNumbers.Of(bias.Data) is not { } given || bias.ElementType != layer.Weight.ElementType
            || given.Length != 1 && given.Length != layer.Channels
            || bias.Data!.Dims.Length > 1 && !layer.IsPerChannel(bias.Data)) return null;
        if (given.Length == layer.Channels) return given;
        var all = new double[layer.Channels];
        Array.Fill(all, given[0]);
        return all;
    }
}
