namespace GraphPartition.Compiler.Passes.BatchNorm;

/// <summary>Folds affine operations into the linear layers beside them.</summary>
internal static class AffineFolding
{
    /// <summary>Replaces a layer and the chain behind it by one layer.</summary>
    /// <returns>Whether it did; false: the reason is reported.</returns>
    public static bool TryFold(AffineChain chain, RewriteContext rewrite)
    {
        LinearLayer layer = chain.Layer;
        Match<LinearWeight> weight = LinearWeight.Of(layer, rewrite.Source, rewrite.Context);
        if (weight.Value is null || BiasOf(layer) is not { } bias)
        {
            rewrite.Refuse(chain.Nodes[0], weight.Reason ?? "the bias is not a constant for each channel");
            return false;
        }
        for (int c = 0; c < bias.Length; c++) bias[c] = chain.Affine.Scale[c] * bias[c] + chain.Affine.Shift[c];
        if (!TryRebuild(layer, weight.Value, layer.Output, chain.Affine.Scale, bias, rewrite.Input(layer.Node, 0)!, chain.Result, rewrite))
            return false;
        rewrite.Absorb(chain.Nodes);
        return true;
    }

    /// <summary>
    /// Folds an operation before a convolution or a matrix product: W (s x + t) + b = (W s) x + (b + W t). For a convolution the
    /// sum over t holds only where every element of the kernel meets an element of x, so there must be no padding unless t is 0.
    /// </summary>
    public static bool TryFoldBefore(LinearLayer layer, ChannelAffine affine, Value x, RewriteContext rewrite)
    {
        if (LinearWeight.Of(layer, rewrite.Source, rewrite.Context).Value is not { } weight || BiasOf(layer) is not { } bias
            || layer.Applied(weight, affine.Shift) is not { } sums) return false;
        for (int c = 0; c < bias.Length; c++) bias[c] += sums[c];
        return TryRebuild(layer, weight, layer.Input, affine.Scale, bias, x, layer.Node.Output(0)!, rewrite);
    }

    /// <summary>Whether a convolution has no padding.</summary>
    public static bool IsUnpadded(Node convolution)
    {
        if (convolution.Attributes.Text("auto_pad") is not ("" or "NOTSET" or "VALID")) return false;
        foreach (long pad in convolution.Attributes.Ints("pads") is { IsDefault: false } pads ? pads : [])
            if (pad != 0) return false;
        return true;
    }

    /// <summary>
    /// Replaces <paramref name="result"/> by the layer with a scaled weight and another bias; for a MatMul, an Add follows with the
    /// bias. Where a number would not be finite, reports that and returns false.
    /// </summary>
    private static bool TryRebuild(
        LinearLayer layer, LinearWeight weight, WeightView view, double[] scale, double[] bias,
        Value x, Value result, RewriteContext rewrite)
    {
        Node node = layer.Node;
        TensorData biasData = RealNumbers.ToTensor(layer.Weight.ElementType, bias, layer.Channels);
        if (!RealNumbers.AreFinite(biasData) || weight.Scaled(view, scale, rewrite) is not { } scaled)
        {
            rewrite.Refuse(node, $"its weight or bias would not be finite as {layer.Weight.ElementType.Keyword()}");
            return false;
        }
        if (layer.Bias is null && Array.TrueForAll(bias, b => b == 0))
        {
            rewrite.Replace(result, node, node.Op, [x, scaled], node.Attributes);
            return true;
        }
        Value added = rewrite.Constant(layer.Bias?.Name ?? node.Output(0)!.Name + "_bias", biasData);
        if (layer.TakesBias) // Gemm's beta is in the bias already
            rewrite.Replace(result, node, node.Op, [x, scaled, added, .. node.Inputs.Skip(3)], node.Attributes.With("beta", null));
        else
        {
            Value product = rewrite.Add(node, node.Op, [x, scaled], node.Output(0)!.Name, node.Attributes);
            Node last = rewrite.Source.Nodes[rewrite.Source.Uses.ProducerOf(result)];
            rewrite.Replace(result, node, "Add", [product, added], name: ReferenceEquals(last, node) ? "" : last.Name);
        }
        return true;
    }

    /// <summary>What the layer adds to each channel.</summary>
    /// <returns>A number for each channel, or null where they are not known.</returns>
    private static double[]? BiasOf(LinearLayer layer)
    {
        var bias = new double[layer.Channels];
        if (layer.Bias is null) return bias;
        if (RealNumbers.Of(layer.Bias.Data) is not { } given || !layer.IsPerChannel(Flat(layer.Bias.Data!, layer))) return null;
        double beta = layer.Node.Op.Is("Gemm") ? layer.Node.Attributes.Float("beta", 1) : 1;
        for (int c = 0; c < bias.Length; c++) bias[c] = beta * given[given.Length == 1 ? 0 : c];
        return bias;
    }

    /// <summary>A convolution's bias [C] as [C, 1, ..., 1], which broadcasts over y.</summary>
    private static TensorData Flat(TensorData bias, LinearLayer layer) => layer.AxisFromEnd == 1 || bias.Dims.Length != 1 ? bias
        : new MemoryTensor(bias.Element, [bias.Dims[0], .. Enumerable.Repeat(1L, layer.AxisFromEnd - 1)], bias.Bytes);
}
