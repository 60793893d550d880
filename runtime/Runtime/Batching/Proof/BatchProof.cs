using GraphPartition.Operators.Batching;

namespace GraphPartition.Runtime.Batching.Proof;

/// <summary>
/// Proves that the result of a request in a batch is the result of the request alone. Axis 0 of every input is the batch. The axis is
/// followed node by node, by the rule of the operator (<see cref="BatchWalk"/>): each rule shows that its node
/// computes the part of each request from that request's parts alone. An operator without a rule ends the proof.
/// </summary>
internal static class BatchProof
{
    /// <summary>The first place at which the proof fails, and why; null if rows never influence each other.</summary>
    /// <param name="graph">The graph; axis 0 of all its inputs and outputs is the batch.</param>
    /// <param name="batch">The symbol of the batch.</param>
    public static (string Where, string Reason)? FindFault(Graph graph, string batch)
    {
        var walk = new BatchWalk(batch);
        foreach (Value input in graph.Inputs)
        {
            if (input.Shape!.Skip(1).Any(d => d.Symbol == batch)) return (input.Name, $"'{batch}' is the size of another dimension too");
            walk.Set(input, BatchFact.Rows(0, [Extent.Batch, .. input.Shape!.Skip(1).Select(walk.SizeOf)]));
        }
        if (walk.Walk(graph) is { } fault) return fault;
        foreach (Value output in graph.Outputs)
        {
            BatchFact fact = walk[output];
            if (!fact.HasRows) return (output.Name, "it has no row for each sample");
            bool isRowPerSample = fact.Axis == 0 && (fact.Dims[0] == Extent.Batch || fact.Dims[0].IsFresh);
            if (!isRowPerSample) return (output.Name, $"the batch is its dimension {fact.Axis}, of size {fact.Dims[fact.Axis]}");
        }
        return null;
    }
}
