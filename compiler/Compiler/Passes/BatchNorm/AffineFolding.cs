using GraphPartition.Compiler.Passes.Infrastructure;
using GraphPartition.Foundation;
using GraphPartition.Ir.Graphs;
using GraphPartition.Ir.Rewriting;
using GraphPartition.Ir.Tensors;

namespace GraphPartition.Compiler.Passes.BatchNorm;

/// <summary>Takes the chains of a graph into the layers before them.</summary>
internal sealed class AffineFolding(Graph graph, PassContext context, IGraphPass pass)
{
    private readonly bool[] _folded = new bool[graph.Nodes.Length];

    /// <summary>Whether the node is part of a chain that was taken up.</summary>
    public bool IsFolded(int node) => _folded[node];

    /// <summary>Replaces a layer and the chain behind it by one layer; false, with the reason noted, where that cannot be.</summary>
    public bool TryFold(AffineChain chain, GraphReplay replay)
    {
        LinearLayer layer = chain.Layer;
        ChannelAffine affine = chain.Affine!;
        Match<LinearWeight> weight = LinearWeight.Of(layer, graph, context);
        if (weight.Value is null || BiasOf(layer) is not { } bias)
        {
            context.Refuse(pass, graph.Nodes[chain.Nodes[0]], weight.Reason ?? "the bias is not a constant for each channel");
            return false;
        }
        for (int c = 0; c < bias.Length; c++) bias[c] = affine.Scale[c] * bias[c] + affine.Shift[c];
        if (!TryRebuild(layer, weight.Value, layer.Output, affine.Scale, bias, replay.Input(layer.Node, 0)!, chain.Result, replay)) return false;
        foreach (int n in chain.Nodes) _folded[n] = true;
        return true;
    }

    /// <summary>
    /// Takes an operation before a convolution or a matrix product in: W (s x + t) + b = (W s) x + (b + W t). For a convolution
    /// the sum over t holds only where every element of the kernel meets an element of x, so there must be no padding unless t is 0.
    /// </summary>
    public bool TryFoldBefore(LinearLayer layer, ChannelAffine affine, Value x, GraphReplay replay)
    {
        WeightView view = layer.Input;
        if (LinearWeight.Of(layer, graph, context).Value is not { } weight || BiasOf(layer) is not { } bias) return false;
        if (layer.Applied(weight, affine.Shift) is not { } sums) return false;
        for (int c = 0; c < bias.Length; c++) bias[c] += sums[c];
        return TryRebuild(layer, weight, view, affine.Scale, bias, x, layer.Node.Output(0)!, replay);
    }

    /// <summary>Whether a convolution meets no padding.</summary>
    public static bool IsUnpadded(Node convolution)
    {
        if (convolution.Attributes.Text("auto_pad") is not ("" or "NOTSET" or "VALID")) return false;
        foreach (long pad in convolution.Attributes.Ints("pads") is { IsDefault: false } pads ? pads : [])
            if (pad != 0) return false;
        return true;
    }

    /// <summary>
    /// Puts the layer with a scaled weight and another bias in the place of <paramref name="result"/>; a MatMul gets an Add for its
    /// bias. False, with the reason noted, where a number would not be finite.
    /// </summary>
    private bool TryRebuild(
        LinearLayer layer, LinearWeight weight, WeightView view, double[] scale, double[] bias, Value x, Value result, GraphReplay replay)
    {
        Node node = layer.Node;
        GraphBuilder builder = replay.Builder;
        TensorData biasData = RealNumbers.ToTensor(layer.Weight.ElementType, bias, layer.Channels);
        if (!RealNumbers.AreFinite(biasData) || weight.Scaled(view, scale, builder, context) is not { } scaled)
        {
            context.Refuse(pass, node, $"its weight or bias would not be finite as {layer.Weight.ElementType.Keyword()}");
            return false;
        }
        OutputSpec output = OutputSpec.Like(result);
        bool hasBias = layer.Bias is not null || Array.Exists(bias, b => b != 0);
        if (!hasBias) Define(node.Op, [x, scaled], node.Attributes, node.Name);
        else
        {
            Value added = builder.Constant(context.Fresh(layer.Bias?.Name ?? node.Output(0)!.Name + "_bias"), biasData);
            if (layer.TakesBias) // Gemm's beta is in the bias already
                Define(node.Op, [x, scaled, added, .. node.Inputs.Skip(3)], node.Attributes.With("beta", null), node.Name);
            else
            {
                Value product = builder.Add(node.Op, [x, scaled], [node.Output(0)!.Name], node.Attributes, node.Name, 0, node.Metadata).Outputs[0]!;
                Define("Add", [product, added], AttributeMap.Empty, NameOf(result, node));
            }
        }
        return true;

        void Define(OpName op, Value?[] inputs, AttributeMap attributes, string name) =>
            replay.Replace(result, builder.Add(op, inputs, [output], attributes, name, 0, node.Metadata).Outputs[0]!);
    }

    /// <summary>The name of the node whose result an Add gives from now on; none where that is the layer, which keeps it.</summary>
    private string NameOf(Value result, Node layer) =>
        graph.Nodes[graph.Uses.ProducerOf(result)] is var node && ReferenceEquals(node, layer) ? "" : node.Name;

    /// <summary>What the layer adds to each channel; null where that is not known.</summary>
    private static double[]? BiasOf(LinearLayer layer)
    {
        var bias = new double[layer.Channels];
        if (layer.Bias is null) return bias;
        if (RealNumbers.Of(layer.Bias.Data) is not { } given || !layer.IsPerChannel(Flat(layer.Bias.Data!, layer))) return null;
        double beta = layer.Node.Op.Is("Gemm") ? layer.Node.Attributes.Float("beta", 1) : 1;
        for (int c = 0; c < bias.Length; c++) bias[c] = beta * given[given.Length == 1 ? 0 : c];
        return bias;
    }

    /// <summary>A convolution's bias has one dimension; as if it were combined with y, it has ones behind that.</summary>
    private static TensorData Flat(TensorData bias, LinearLayer layer) => layer.AxisFromEnd == 1 || bias.Dims.Length != 1 ? bias
        : new MemoryTensor(bias.Element, [bias.Dims[0], .. Enumerable.Repeat(1L, layer.AxisFromEnd - 1)], bias.Bytes);
}
