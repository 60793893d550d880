using GraphPartition.Partitioning.Graphs;

namespace GraphPartition.Compare.Rules;

/// <summary>
/// MindSpore r1.3 (graph_partitioner.cc): in topological order a node joins the group of its first parent of the same kind; at
/// further parents of the same kind the branch that leads there is relabelled, unless a table says that the groups depend on
/// each other. The table is keyed by label and not told when a branch is relabelled, so that the rule can make a cycle.
/// </summary>
internal sealed class MindSporeRule : ReplayRule
{
    public override string Name => "MindSpore r1.3";

    internal override int[] Group(PartitionGraph graph, ReadOnlySpan<bool> supported, ReadOnlySpan<int> order)
    {
        int[] label = new int[graph.NodeCount];
        var table = new Dictionary<int, HashSet<int>>();
        foreach (int node in order)
        {
            label[node] = -1;
            HashSet<int> behind = Inherited(graph, supported, label, table, node);
            foreach (int parent in graph.Predecessors(node))
            {
                if (supported[parent] != supported[node] || label[parent] == label[node] || behind.Contains(label[parent]))
                    continue;

                if (label[node] < 0)
                    label[node] = label[parent];
                else if (!Depends(table, label[node], label[parent]) && !Depends(table, label[parent], label[node]))
                    Relabel(graph, label, parent, label[node]);
            }

            label[node] = label[node] < 0 ? node : label[node];
            table.TryAdd(label[node], []);
            table[label[node]].UnionWith(behind);
        }

        int[] groupOf = new int[label.Length];
        for (int node = 0; node < groupOf.Length; node++)
            groupOf[node] = supported[node] ? label[node] : -1;

        return groupOf;
    }

    // What the parents' labels depend on, and the labels of parents of the other kind.
    private static HashSet<int> Inherited(
        PartitionGraph graph, ReadOnlySpan<bool> supported, int[] label, Dictionary<int, HashSet<int>> table, int node)
    {
        var behind = new HashSet<int>();
        foreach (int parent in graph.Predecessors(node))
        {
            behind.UnionWith(table[label[parent]]);
            if (supported[parent] != supported[node])
                behind.Add(label[parent]);
        }

        return behind;
    }

    private static bool Depends(Dictionary<int, HashSet<int>> table, int label, int on) => table[label].Contains(on);

    // The branch: this node and, upwards, all of the same label. What the branch has in the table stays under its old label.
    private static void Relabel(PartitionGraph graph, int[] label, int start, int newLabel)
    {
        int oldLabel = label[start];
        var branch = new Stack<int>([start]);
        label[start] = newLabel;
        while (branch.TryPop(out int node))
        {
            foreach (int parent in graph.Predecessors(node))
            {
                if (label[parent] == oldLabel)
                {
                    label[parent] = newLabel;
                    branch.Push(parent);
                }
            }
        }
    }
}
