using GraphPartition.CompiledModels;
using GraphPartition.Ir.Graphs;

namespace GraphPartition.Runtime.Batching;

/// <summary>Nodes that compute something for the whole batch at once, so that a request's answer would depend on the others.</summary>
internal static class RowCoupling
{
    /// <summary>The first such node, and why; null where there is none.</summary>
    /// <param name="graph">A graph, or a body.</param>
    /// <param name="batch">The symbol of the batch dimension.</param>
    public static (Node Node, string Reason)? Find(Graph graph, string batch)
    {
        foreach (Node node in graph.Nodes)
        {
            if (WhyCoupled(node, batch) is { } reason) return (node, reason);
            foreach (Graph body in node.Attributes.Bodies())
                if (Find(body, batch) is { } inside) return inside;
        }
        return null;
    }

    private static string? WhyCoupled(Node node, string batch) =>
        node.Op.Is("If") && node.Input(0) is { IsConstant: false } ? "its condition is one for all samples"
        : node.Op.Is("Loop") ? Loop(node, batch)
        : node.Op.Is("Scan") ? Scan(node, batch)
        : null;

    /// <summary>A trip count that follows from other dimensions is the same for a sample alone and in a batch.</summary>
    private static string? Loop(Node node, string batch)
    {
        if (node.Input(0) is { IsConstant: false } trips && (trips.Elements is not [var count] || !(count.IsKnown || (count.Symbol is { } s && s != batch))))
            return "its number of trips is one for all samples";
        if (node.Input(1) is { IsConstant: false } || LoopForm.TryOf(node) is not { AlwaysGoesOn: true })
            return "its condition is one for all samples";
        return null;
    }

    private static string? Scan(Node node, string batch) =>
        LoopForm.TryOf(node) is not { } form ? "its form is not known"
        : form.Scanned.Any(s => s.Sequence.Shape is not { Rank: > 0 } shape || shape[(int)(s.Axis < 0 ? s.Axis + shape.Rank : s.Axis)].Symbol == batch)
            ? "it goes from sample to sample" : null;
}
