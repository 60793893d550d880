namespace GraphPartition.Compiler.Passes.BatchNorm;

/// <summary>Reads what a node behind a linear layer does to each channel of <paramref name="x"/>, its input.</summary>
internal delegate Match<ChannelAffine> AffineReader(Node node, Value x, LinearLayer layer);

/// <summary>
/// A chain of affine operations behind a linear layer, for its weight and bias to absorb. Each value in the chain has one use,
/// the next operation, so no other node sees the change.
/// </summary>
/// <param name="Layer">The layer before the chain.</param>
/// <param name="Nodes">The operations, in order.</param>
/// <param name="Affine">All of them together.</param>
/// <param name="Result">The result of the last one.</param>
internal sealed record AffineChain(LinearLayer Layer, ImmutableArray<Node> Nodes, ChannelAffine Affine, Value Result)
{
    /// <summary>The longest chain behind a layer whose last node <paramref name="isEnd"/> accepts.</summary>
    /// <returns>The chain, or null where there is none.</returns>
    public static AffineChain? Behind(
        LinearLayer layer, Graph graph, AffineReader read, Func<Node, bool> isEnd, Action<Node, string> refuse)
    {
        AffineChain? chain = null;
        var nodes = new List<Node>();
        ChannelAffine? affine = null;
        Value? at = layer.Node.Output(0);
        while (at is not null && graph.Uses.HasSingleUse(at))
        {
            Node node = graph.Nodes[graph.Uses.UsersOf(at)[0]];
            if (node.Output(0) is not { } result) break;
            Match<ChannelAffine> match = read(node, at, layer);
            if (match.Value is { } own && own.Scale.Length != layer.Channels)
                match = Match.No($"it has {own.Scale.Length} channels, the layer before it {layer.Channels}");
            if (match.Reason is { } reason) refuse(node, reason);
            if (match.Value is not { } found) break;
            affine = affine is null ? found : affine.Then(found);
            nodes.Add(node);
            at = result;
            if (isEnd(node)) chain = new(layer, [.. nodes], affine, result);
        }
        return chain;
    }
}
