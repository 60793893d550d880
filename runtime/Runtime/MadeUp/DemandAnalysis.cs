using GraphPartition.Operators.Families;

namespace GraphPartition.Runtime.MadeUp;

/// <summary>
/// What the nodes of a graph demand of the numbers of its inputs: that an index is below the size that it indexes, that a divisor is not
/// zero, that elements form a shape. The nodes are visited from the last to the first, so the demands on a node's results are known
/// when it passes them on to its inputs. A rule may leave something out; then made-up inputs may not work, and others are tried.
/// </summary>
internal sealed class DemandAnalysis
{
    private readonly Dictionary<Value, Demand> _demands = [];

    /// <summary>Analyses a graph whose sizes are known as far as they can be.</summary>
    public DemandAnalysis(Graph graph) => Visit(graph);

    /// <summary>What is demanded of a value.</summary>
    public Demand Of(Value value) => _demands.GetValueOrDefault(value, Demand.None);

    /// <summary>Adds a demand of a node that comes before all nodes seen so far.</summary>
    internal void Need(Value value, Demand demand)
    {
        if (!demand.IsNone) _demands[value] = Demand.Both(demand, Of(value));
    }

    private void Visit(Graph graph)
    {
        for (int n = graph.Nodes.Length - 1; n >= 0; n--)
        {
            Node node = graph.Nodes[n];
            if (node.Attributes.Count > 0)
                foreach (Graph body in node.Attributes.Bodies()) Visit(node, body);
            var seen = new DemandNode(node, this);
            if (DemandRules.Of(node.Op) is { } rule) rule(seen);
            else if (OperatorDefinitions.Of(node.Op).MovesElements) DemandRules.PassOn(seen);
        }
    }

    /// <summary>Demands inside a body reach captured values by themselves, and the node's inputs through those of the body.</summary>
    private void Visit(Node node, Graph body)
    {
        Visit(body);
        // The body of a Loop has an iteration number and a condition in front, as the node, which may leave both out at the end.
        int first = Math.Max(0, node.Inputs.Length - body.Inputs.Length);
        for (int i = node.Op.Is("Loop") ? 2 : 0; i < body.Inputs.Length; i++)
            if (node.Input(first + i) is { IsConstant: false } from) Need(from, Of(body.Inputs[i]));
    }
}
