using GraphPartition.Ir.Rewriting;

namespace GraphPartition.Runtime.Loading;

/// <summary>
/// A compiled model in which no value between steps, no input and no output has a type that ONNX Runtime's C# API lacks. A Cast in the step
/// that computes such a value brings it into its carrier (<see cref="CarriedTypes"/>), and a Cast in each step that uses it brings it back.
/// Both are exact.
/// </summary>
internal static class CarriedModel
{
    /// <summary>The model with carriers; the same reference where it needs none.</summary>
    /// <param name="compiled">The compiled model.</param>
    /// <param name="runsAlone">Which groups are separate steps.</param>
    /// <exception cref="ModelException">No type can carry a value (GP5013); each such value is listed.</exception>
    public static CompiledModel Of(CompiledModel compiled, Func<TrtNode, bool> runsAlone)
    {
        Graph graph = compiled.Model.Graph;
        if (!MayNeed(graph)) return compiled;
        HashSet<Value> crossing = [.. graph.Inputs, .. graph.Outputs.Where(v => !v.IsConstant)];
        foreach (ExecutionStep step in ExecutionPlan.Of(compiled, runsAlone).Steps)
        {
            crossing.UnionWith(step.Segment.Inputs);
            crossing.UnionWith(step.Segment.Outputs);
        }
        Dictionary<Value, Value> carriers = [];
        List<Diagnostic> faults = [];
        foreach (Value value in crossing)
        {
            if (CarriedTypes.IsDirect(value.Type)) continue;
            if (value.Tensor is { } tensor && CarriedTypes.CarrierOf(tensor.Element) is not ElementType.Undefined and var carrier)
                carriers.Add(value, new Value(value.Name, tensor with { Element = carrier }, metadata: value.Metadata));
            else faults.Add(RuntimeCodes.NotCarried.At($"value '{value.Name}'", $"it is {value.Type}"));
        }
        if (faults.Count > 0) throw new ModelException(faults);
        return carriers.Count == 0 ? compiled : Rewritten(compiled, carriers);
    }

    private static bool MayNeed(Graph graph)
    {
        foreach (Value input in graph.Inputs)
            if (!CarriedTypes.IsDirect(input.Type)) return true;
        foreach (Node node in graph.Nodes)
            foreach (Value? output in node.Outputs)
                if (output is not null && !CarriedTypes.IsDirect(output.Type)) return true;
        return false;
    }

    private static CompiledModel Rewritten(CompiledModel compiled, Dictionary<Value, Value> carriers)
    {
        Graph graph = compiled.Model.Graph;
        var builder = new GraphBuilder(DeclaredTypes.Instance) { Name = graph.Name, Metadata = graph.Metadata };
        foreach (Value input in graph.Inputs)
            builder.Input(carriers.GetValueOrDefault(input, input),
                graph.Defaults.GetValueOrDefault(input) is { } data ? CarriedTypes.Carry(data) : null);
        foreach (Value constant in graph.Constants) builder.Constant(constant);

        var place = new int[graph.Nodes.Length]; // of each old node that has bodies with cuts
        List<int> segmentOf = [];
        foreach (GraphSegment segment in compiled.Cut.Segments)
        {
            // Inside of a segment a value has its own type: that of its Cast back, or that of the node which computes it.
            Dictionary<Value, Value> inside = [];
            foreach (Value input in segment.Inputs)
                if (carriers.TryGetValue(input, out Value? carrier))
                {
                    var own = new Value(input.Name + "_carried", input.Type);
                    builder.Define("Cast", [carrier], [own], CastTo(input.ElementType));
                    inside.Add(input, own);
                }
            foreach (Value output in segment.Outputs)
                if (carriers.ContainsKey(output)) inside.Add(output, new Value(output.Name + "_computed", output.Type));
            var substitution = new Substitution(inside);
            foreach (int n in segment.Nodes)
            {
                place[n] = builder.NodeCount;
                substitution.Append(builder, graph.Nodes[n]);
            }
            foreach (Value output in segment.Outputs)
                if (carriers.TryGetValue(output, out Value? carrier))
                    builder.Define("Cast", [inside[output]], [carrier], CastTo(carrier.ElementType));
            while (segmentOf.Count < builder.NodeCount) segmentOf.Add(segment.Index);
        }
        Graph carried = builder.Build([.. graph.Outputs.Select(v => carriers.GetValueOrDefault(v, v))]);
        bool[] isEngine = [.. compiled.Cut.Segments.Select(s => s.IsEngine)];
        TrtNode[] inOrder = [.. compiled.Cut.Groups.OrderBy(g => g.Segment.Index)];
        Cut cut = Cut.Of(carried, [.. segmentOf], isEngine, (at, segment) => inOrder[at] with { Segment = segment },
            [.. compiled.Cut.Bodies.Select(b => b with { Node = place[b.Node] })]);
        return compiled with { Model = compiled.Model with { Graph = carried }, Cut = cut };
    }

    /// <summary>An 8-bit float keeps its infinities only if the Cast does not saturate.</summary>
    private static AttributeMap CastTo(ElementType element)
    {
        AttributeMap to = AttributeMap.Of(("to", (long)element));
        return element is >= ElementType.Float8E4M3FN and <= ElementType.Float8E5M2FNUZ ? to.With("saturate", new IntAttribute(0)) : to;
    }
}
