using GraphPartition.Compiler.Passes.Infrastructure;
using GraphPartition.Ir.Graphs;

namespace GraphPartition.Compiler.Passes.BatchNorm;

/// <summary>What a node behind a linear layer does to each channel of <paramref name="x"/>, or why it cannot be said.</summary>
internal delegate Match<ChannelAffine> AffineReader(Node node, Value x, LinearLayer layer);

/// <summary>
/// A chain of affine operations behind a linear layer, to be taken into its weight and bias. Each value in the chain has one use,
/// the next operation; so nobody else sees what changes.
/// </summary>
internal sealed class AffineChain
{
    private AffineChain(LinearLayer layer) => Layer = layer;

    /// <summary>The layer at its head.</summary>
    public LinearLayer Layer { get; }

    /// <summary>The operations, in order.</summary>
    public List<int> Nodes { get; } = [];

    /// <summary>All of them together.</summary>
    public ChannelAffine? Affine { get; private set; }

    /// <summary>The result of the last one.</summary>
    public Value Result { get; private set; } = null!;

    /// <summary>
    /// The longest chain behind a layer that ends in a node which <paramref name="isEnd"/> accepts; null where there is none.
    /// </summary>
    public static AffineChain? Behind(LinearLayer layer, Graph graph, AffineReader read, Func<Node, bool> isEnd, Action<Node, string> refuse)
    {
        var chain = new AffineChain(layer);
        var nodes = new List<int>();
        ChannelAffine? affine = null;
        Value? at = layer.Node.Output(0);
        while (at is not null && graph.Uses.HasSingleUse(at))
        {
            int next = graph.Uses.UsersOf(at)[0];
            Node node = graph.Nodes[next];
            if (node.Output(0) is not { } result) break;
            Match<ChannelAffine> match = read(node, at, layer);
            if (match.Value is { } own && own.Scale.Length != layer.Channels)
                match = Match.No($"it has {own.Scale.Length} channels, the layer before it {layer.Channels}");
            if (match.Reason is { } reason) refuse(node, reason);
            if (match.Value is not { } found) break;
            affine = affine is null ? found : affine.Then(found);
            nodes.Add(next);
            at = result;
            if (!isEnd(node)) continue;
            chain.Nodes.AddRange(nodes);
            nodes.Clear();
            (chain.Affine, chain.Result) = (affine, result);
        }
        return chain.Affine is null ? null : chain;
    }
}
