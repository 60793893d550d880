using GraphPartition.Ir.Graphs;
using GraphPartition.Ir.Tensors;

namespace GraphPartition.Operators.Tests.Support;

/// <summary>Builds a graph again, so that rules infer every type from the inputs alone, without declared types.</summary>
internal sealed class Retyping(IOperatorRules rules, BuildScope scope)
{
    private readonly Dictionary<Value, Value> _map = [];

    /// <summary>The new graph; an input for which <paramref name="constant"/> has a tensor becomes a constant.</summary>
    public Graph Of(Graph graph, Func<Value, TensorData?>? constant = null)
    {
        var builder = new GraphBuilder(rules, scope) { Name = graph.Name };
        foreach (Value v in graph.Constants) builder.Constant(v);
        foreach (Value v in graph.Inputs)
        {
            if (constant?.Invoke(v) is { } data) _map[v] = builder.Constant(v.Name, data);
            else builder.Input(v, graph.Defaults.GetValueOrDefault(v));
        }
        foreach (Node node in graph.Nodes)
        {
            Value?[] inputs = [.. node.Inputs.Select(i => i is null ? null : Map(i))];
            OutputSpec[] outputs = [.. node.Outputs.Select(o => (OutputSpec)o?.Name)];
            Node copy = builder.Add(node.Op, inputs, outputs, node.Attributes.MapBodies(b => Of(b)), node.Name, node.Version);
            for (int i = 0; i < outputs.Length; i++)
                if (node.Outputs[i] is { } old) _map[old] = copy.Outputs[i]!;
        }
        return builder.Build([.. graph.Outputs.Select(Map)]);
    }

    private Value Map(Value value) => _map.GetValueOrDefault(value, value);
}
