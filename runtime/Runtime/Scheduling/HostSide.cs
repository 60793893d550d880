using GraphPartition.Foundation;
using GraphPartition.Ir.Graphs;
using GraphPartition.Ir.Types;

namespace GraphPartition.Runtime.Scheduling;

/// <summary>
/// Nodes that the host computes although the device could: all that stands between what is fed and an operator that the device
/// lacks, where that takes the host less time than to wait for the device. So a network that begins with index arithmetic and a
/// Unique has one step on the host and one on the device, not a step on the device before them too.
/// </summary>
internal static class HostSide
{
    /// <summary>About what a launch, a copy back and a wait take on an H200 (tools/benchmarks/results/h200.md).</summary>
    private const double MostMicroseconds = 16;

    private const double MicrosecondsPerNode = 1, ElementsPerMicrosecond = 1000;

    /// <summary>Operators whose work is linear in the elements that they read and write.</summary>
    private static readonly HashSet<string> Linear = new(StringComparer.Ordinal)
    {
        "Abs", "Add", "And", "BitShift", "BitwiseAnd", "BitwiseNot", "BitwiseOr", "BitwiseXor", "Cast", "Ceil", "Clip", "Concat",
        "ConstantOfShape", "Div", "Equal", "Expand", "Flatten", "Floor", "Gather", "GatherElements", "GatherND", "Greater",
        "GreaterOrEqual", "Identity", "Less", "LessOrEqual", "Max", "Min", "Mod", "Mul", "Neg", "Not", "Or", "Pad", "Range",
        "ReduceMax", "ReduceMin", "ReduceProd", "ReduceSum", "Reshape", "Round", "Shape", "Sign", "Size", "Slice", "Split",
        "Squeeze", "Sub", "Tile", "Transpose", "Unsqueeze", "Where", "Xor",
    };

    /// <summary>The nodes, by index.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="isLacking">Whether a node runs on the host anyhow.</param>
    /// <param name="canMove">Whether another node may run there.</param>
    public static HashSet<int> Of(Graph graph, Func<int, bool> isLacking, Func<int, bool> canMove)
    {
        // A node is free of the device if it may run on the host and all that it depends on is free of the device.
        var isFree = new bool[graph.Nodes.Length];
        for (int n = 0; n < isFree.Length; n++)
            isFree[n] = (isLacking(n) || (canMove(n) && Cost(graph.Nodes[n]) <= MostMicroseconds)) && graph.ProducersOf(n).All(p => isFree[p]);

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
                foreach (int producer in graph.ProducersOf(next))
                    if (!moved.Contains(producer) && before.Add(producer)) open.Push(producer);
            return before;
        }
    }

    /// <summary>Microseconds on the host; infinite where nobody can say.</summary>
    private static double Cost(Node node) =>
        node.Op.Domain.Length == 0 && Linear.Contains(node.Op.Type)
            ? MicrosecondsPerNode + (node.Inputs.Concat(node.Outputs).OfType<Value>().Sum(Elements) / ElementsPerMicrosecond)
            : double.PositiveInfinity;

    private static double Elements(Value value) => value.Type is TensorType
    {
        Element: ElementType.Bool or ElementType.Int32 or ElementType.Int64 or ElementType.Float32, Shape.ElementCount: { } count,
    } ? count : double.PositiveInfinity;
}
