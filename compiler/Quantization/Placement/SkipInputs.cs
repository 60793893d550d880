namespace GraphPartition.Quantization.Placement;

/// <summary>
/// The skip input of an Add around a residual block. TensorRT computes a convolution and the Add behind it in one kernel, if the other
/// input of the Add, the skip, is quantized, and the result of the convolution is not.
/// </summary>
/// <param name="graph">The graph.</param>
internal sealed class SkipInputs(Graph graph)
{
    private readonly int[] _depths = Depths(graph);

    /// <summary>The Add nodes, each with the convolution that it is fused with and the number of its skip input.</summary>
    public IEnumerable<(Node Add, Node Layer, int Skip)> Find()
    {
        foreach (Node add in graph.Nodes)
        {
            if (!add.Op.Is("Add") || add.Input(0) is not { IsConstant: false } a || add.Input(1) is not { IsConstant: false } b || a == b
                || !IsSameShape(a, b)) continue;
            (Node? first, Node? second) = (Convolution(a), Convolution(b));
            // With two convolutions the one with fewer layers before it is on the skip path: a block's inner path is longer.
            if (first is not null && (second is null || Depth(a) >= Depth(b))) yield return (add, first, 1);
            else if (second is not null) yield return (add, second, 0);
        }
    }

    /// <summary>The convolution that the Add directly follows, but for its own affine parts; null: there is none.</summary>
    private Node? Convolution(Value value)
    {
        while (graph.Uses.HasSingleUse(value) && graph.Uses.ProducerOf(value) is >= 0 and var n)
        {
            Node node = graph.Nodes[n];
            if (node.Op.Type is "Conv" or "ConvTranspose") return node;
            if (node.Op.Type is not ("BatchNormalization" or "Add" or "Mul") || node.Inputs.Skip(1).Any(v => v is { IsConstant: false }))
                return null;
            value = node.Inputs[0]!;
        }
        return null;
    }

    private static bool IsSameShape(Value a, Value b) => a.Shape is { } x && b.Shape is { } y && x.Rank == y.Rank
        && x.Dims.Zip(y.Dims).All(d => !d.First.IsKnown || !d.Second.IsKnown || d.First.Size == d.Second.Size);

    private int Depth(Value value) => graph.Uses.ProducerOf(value) is >= 0 and var n ? _depths[n] : 0;

    /// <summary>For each node the layers on the longest path to it.</summary>
    private static int[] Depths(Graph graph)
    {
        var depths = new int[graph.Nodes.Length];
        for (int n = 0; n < depths.Length; n++)
        {
            foreach (Value? input in graph.Nodes[n].Inputs)
                if (input is not null && graph.Uses.ProducerOf(input) is >= 0 and var p) depths[n] = Math.Max(depths[n], depths[p]);
            if (LayerRules.IsLayer(graph.Nodes[n])) depths[n]++;
        }
        return depths;
    }
}
