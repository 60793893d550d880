using GraphPartition.CompiledModels;
using GraphPartition.Foundation;
using GraphPartition.Ir.Graphs;

namespace GraphPartition.EngineBuilder.Shapes;

/// <summary>
/// Which inputs of a group hold sizes that its nodes go by: TensorRT calls these shape tensors, reads them on the host, and wants the
/// range of their values in the profile (and of no others).
/// </summary>
internal static class ShapeTensors
{
    /// <summary>For each operator, the inputs that hold sizes, places or counts.</summary>
    private static readonly Dictionary<string, int[]> Operands = new()
    {
        ["Reshape"] = [1],
        ["Expand"] = [1],
        ["Tile"] = [1],
        ["ConstantOfShape"] = [0],
        ["Slice"] = [1, 2, 3, 4],
        ["Pad"] = [1],
        ["Resize"] = [2, 3],
        ["Range"] = [0, 1, 2],
        ["TopK"] = [1],
        ["OneHot"] = [1],
        ["Split"] = [1],
        ["Unsqueeze"] = [1],
        ["Squeeze"] = [1],
        ["CenterCropPad"] = [1],
    };

    /// <summary>The inputs of <paramref name="segment"/> whose values its nodes go by, directly or through arithmetic.</summary>
    public static HashSet<Value> Of(Graph graph, GraphSegment segment)
    {
        HashSet<Value> sizes = new(ReferenceEqualityComparer.Instance);
        foreach (int n in segment.Nodes.Reverse())
        {
            Node node = graph.Nodes[n];
            if (node.Op.Domain.Length == 0 && Operands.TryGetValue(node.Op.Type, out int[]? places))
                foreach (int place in places)
                    if (node.Input(place) is { IsConstant: false } operand) sizes.Add(operand);
            // Arithmetic on sizes; the size of a tensor is no matter of its values.
            if (node.Op.Is("Shape") || node.Op.Is("Size") || !node.Outputs.Any(v => v is not null && sizes.Contains(v))) continue;
            foreach (Value? input in node.Inputs)
                if (input is { IsConstant: false, ElementType: ElementType.Int64 or ElementType.Int32 or ElementType.Bool }) sizes.Add(input);
        }
        sizes.IntersectWith(segment.Inputs);
        return sizes;
    }
}
