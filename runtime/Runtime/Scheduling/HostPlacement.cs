using GraphPartition.Ir.Types;
using GraphPartition.Operators.Families;

namespace GraphPartition.Runtime.Scheduling;

/// <summary>How a node runs with a device. Only nodes of one kind share a fallback step.</summary>
internal enum StepKind
{
    /// <summary>On the host.</summary>
    OnHost,
    /// <summary>On the device, together with operators that it lacks: ONNX Runtime copies and waits between them.</summary>
    Mixed,
    /// <summary>On the device, enqueued again in each run.</summary>
    Enqueued,
    /// <summary>On the device, with shapes that follow from those of the inputs: recorded once and replayed.</summary>
    Recorded,
}

/// <summary>
/// Which nodes the host computes although the device could: those between the inputs and an operator that the device lacks, if that takes
/// the host less time than a wait for the device. So a network that begins with index arithmetic and a Unique has one step on the host and
/// one on the device, without a step on the device before them.
/// </summary>
internal static class HostPlacement
{
    /// <summary>About what a launch, a copy back and a wait take on an H200 (tools/benchmarks/results/h200.md).</summary>
    private const double MostMicroseconds = 16;

    private const double MicrosecondsPerNode = 1, ElementsPerMicrosecond = 1000;

    /// <summary>The nodes that move to the host, by index.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="isLacking">Whether the device lacks a node's operator, so that it runs on the host.</param>
    /// <param name="canMove">Whether another node may run there.</param>
    public static HashSet<int> Of(Graph graph, Func<int, bool> isLacking, Func<int, bool> canMove)
    {
        // A node is free of the device if it may run on the host and all that it depends on is free of the device.
        var isFree = new bool[graph.Nodes.Length];
        for (int n = 0; n < isFree.Length; n++)
            isFree[n] = (isLacking(n) || (canMove(n) && Cost(graph.Nodes[n]) <= MostMicroseconds))
                && ProducersOf(graph, n).All(p => isFree[p]);

        HashSet<int> moved = [];
        for (int n = 0; n < isFree.Length; n++)
        {
            if (!isLacking(n) || !isFree[n]) continue;
            int[] leading = [.. Before(n).Where(b => !isLacking(b))];
            if (leading.Sum(b => Cost(graph.Nodes[b])) <= MostMicroseconds) moved.UnionWith(leading);
        }
        return moved;

        HashSet<int> Before(int node)
        {
            HashSet<int> before = [];
            var open = new Stack<int>([node]);
            while (open.TryPop(out int next))
                foreach (int producer in ProducersOf(graph, next))
                    if (!moved.Contains(producer) && before.Add(producer)) open.Push(producer);
            return before;
        }
    }

    /// <summary>
    /// Merges kinds where separate steps cost more than they save. A node of the host that reads values of unknown shape would cut a part
    /// that is not recorded in three, with copies into memory of unknown size; a single ONNX Runtime call does this more cheaply.
    /// </summary>
    /// <param name="graph">The graph.</param>
    /// <param name="kinds">The kind of each node; updated.</param>
    /// <param name="canJoin">Whether a node may change its kind.</param>
    public static void JoinMixed(Graph graph, StepKind[] kinds, Func<int, bool> canJoin)
    {
        for (int n = 0; n < kinds.Length; n++)
            if (kinds[n] == StepKind.OnHost && canJoin(n)
                && ProducersOf(graph, n).Any(p => canJoin(p) && kinds[p] is StepKind.Enqueued or StepKind.Mixed))
                kinds[n] = StepKind.Mixed;

        var open = new Stack<int>(Enumerable.Range(0, kinds.Length).Where(n => kinds[n] == StepKind.Mixed && canJoin(n)));
        while (open.TryPop(out int next))
            foreach (int neighbor in ProducersOf(graph, next).Concat(ReadersOf(graph, next)))
            {
                if (kinds[neighbor] != StepKind.Enqueued || !canJoin(neighbor)) continue;
                kinds[neighbor] = StepKind.Mixed;
                open.Push(neighbor);
            }
    }

    /// <summary>The nodes that compute what a node, or a body of it, reads.</summary>
    public static IEnumerable<int> ProducersOf(Graph graph, int node) =>
        graph.Nodes[node].Inputs.OfType<Value>().Concat(graph.Nodes[node].Captures).Select(graph.Uses.ProducerOf).Where(p => p >= 0);

    private static IEnumerable<int> ReadersOf(Graph graph, int node) =>
        graph.Nodes[node].Outputs.OfType<Value>().SelectMany(v => graph.Uses.UsersOf(v).ToArray());

    /// <summary>Microseconds on the host; infinite if the work is more than linear, or not known.</summary>
    private static double Cost(Node node) =>
        OperatorDefinitions.Of(node.Op).Work.IsLinear
            ? MicrosecondsPerNode + (node.Inputs.Concat(node.Outputs).OfType<Value>().Sum(Elements) / ElementsPerMicrosecond)
            : double.PositiveInfinity;

    private static double Elements(Value value) => value.Type is TensorType
    {
        Element: ElementType.Bool or ElementType.Int32 or ElementType.Int64 or ElementType.Float32, Shape.ElementCount: { } count,
    } ? count : double.PositiveInfinity;
}
