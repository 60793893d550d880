using GraphPartition.Compiler.Passes.Infrastructure;
using GraphPartition.Ir.Graphs;
using GraphPartition.Ir.Rewriting;

namespace GraphPartition.Compiler.Passes.BatchNorm;

/// <summary>
/// Mul, Div, Add and Sub with constants, one number or one for each channel, behind a linear layer go into its weight and bias:
/// (W x + b) s + t = (s W) x + (s b + t); a BatchNormalization that no layer took up is such a layer too. A single Add behind a
/// MatMul stays: it is the bias that the MatMul cannot hold.
/// </summary>
public sealed class FuseAffineIntoConv : IGraphPass
{
    /// <inheritdoc/>
    public bool Concerns(Graph graph) => graph.HasAnyOf("Conv", "ConvTranspose", "Gemm", "MatMul", "BatchNormalization");

    /// <inheritdoc/>
    public Graph Run(Graph graph, PassContext context) => Run(graph, context, isBody: false);

    private Graph Run(Graph graph, PassContext context, bool isBody)
    {
        GraphReplay replay = context.Replay(graph, isBody);
        Func<Graph, Graph> inBody = body => Run(body, context, isBody: true);
        AffineFolding? folding = null;
        for (int n = 0; n < graph.Nodes.Length; n++)
        {
            Node node = graph.Nodes[n];
            if (folding?.IsFolded(n) == true) continue;
            if (LinearLayer.Of(node, context).Value is { } layer
                && AffineChain.Behind(layer, graph, ChannelAffine.OfArithmetic, _ => true, (next, reason) => context.Refuse(this, next, reason)) is { } chain
                && Pays(chain, graph) && (folding ??= new(graph, context, this)).TryFold(chain, replay)) continue;
            replay.Keep(node, inBody);
        }
        return replay.Finish();
    }

    /// <summary>Whether there are fewer nodes afterwards.</summary>
    private static bool Pays(AffineChain chain, Graph graph) =>
        chain.Layer.TakesBias || chain.Nodes.Count > 1 || graph.Nodes[chain.Nodes[0]].Op.Type is "Mul" or "Div";
}
