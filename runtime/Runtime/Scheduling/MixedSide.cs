using GraphPartition.Ir.Graphs;

namespace GraphPartition.Runtime.Scheduling;

/// <summary>
/// Nodes that ONNX Runtime had better run on both sides in one step. Where a node of the host reads what only a run can shape, a step
/// of its own would save nothing that is recorded, and cost two steps that are enqueued anew and copies into memory of unknown size:
/// inside of one run ONNX Runtime does all that with less ado.
/// </summary>
internal static class MixedSide
{
    /// <summary>Turns nodes of the host that read enqueued ones, and the enqueued ones around nodes of both sides, into nodes of both sides.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="kinds">The kind of each node.</param>
    /// <param name="canJoin">Whether a node may change its kind.</param>
    public static void Join(Graph graph, StepKind[] kinds, Func<int, bool> canJoin)
    {
        for (int n = 0; n < kinds.Length; n++)
            if (kinds[n] == StepKind.OnHost && canJoin(n) && graph.ProducersOf(n).Any(p => canJoin(p) && kinds[p] is StepKind.Enqueued or StepKind.Mixed))
                kinds[n] = StepKind.Mixed;

        var open = new Stack<int>(Enumerable.Range(0, kinds.Length).Where(n => kinds[n] == StepKind.Mixed && canJoin(n)));
        while (open.TryPop(out int next))
            foreach (int neighbour in graph.ProducersOf(next).Concat(graph.ReadersOf(next)))
            {
                if (kinds[neighbour] != StepKind.Enqueued || !canJoin(neighbour)) continue;
                kinds[neighbour] = StepKind.Mixed;
                open.Push(neighbour);
            }
    }
}
