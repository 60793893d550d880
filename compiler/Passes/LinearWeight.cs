using GraphPartition.Ir;

namespace GraphPartition.Compiler.Passes;

/// <summary>
/// The weight of a linear layer to be scaled: a constant, or one number in all places (ConstantOfShape), which stays an expression
/// afterwards: Expand of one number for each channel, so that a model does not grow by its weights.
/// </summary>
internal sealed class LinearWeight
{
    private readonly LinearLayer _layer;
    private readonly TensorData? _data;
    private readonly double _fill;

    private LinearWeight(LinearLayer layer, TensorData? data, double fill) => (_layer, _data, _fill) = (layer, data, fill);

    /// <summary>The weight; a reason where it is not known, or shared and too large to be had twice.</summary>
    public static Match<LinearWeight> Of(LinearLayer layer, Graph graph, PassContext context)
    {
        Value weight = layer.Weight;
        int users = graph.Uses.UsersOf(weight).Length;
        if (weight.Data is { } data)
        {
            if (data is DigestTensor) return Match.No("the weight's elements are not there");
            if (users > 1 && data.ByteCount > context.FoldLimit)
                return Match.No($"the weight is shared by {users} nodes, and {data.ByteCount} bytes are too many to have twice");
            return new LinearWeight(layer, data, 0);
        }
        int producer = graph.Uses.ProducerOf(weight);
        if (producer < 0 || !graph.Nodes[producer].Op.Is("ConstantOfShape") || context.Opset < 9) return Match.No("the weight is not a constant");
        TensorData? value = graph.Nodes[producer].Attributes.Tensor("value");
        return value is null ? new LinearWeight(layer, null, 0)
            : RealNumbers.Of(value) is [var fill] ? new LinearWeight(layer, null, fill) : Match.No("the weight is not a constant");
    }

    /// <summary>Adds s W to a graph, with s for each channel of <paramref name="view"/>.</summary>
    public Value Scaled(WeightView view, double[] scale, GraphBuilder builder, PassContext context)
    {
        Value weight = _layer.Weight;
        long[] dims = [.. weight.Shape!.Select(d => d.Size)];
        if (_data is not null)
        {
            double[] numbers = RealNumbers.Of(_data)!;
            view.Scale(numbers, scale);
            return builder.Constant(context.Fresh(weight.Name), RealNumbers.ToTensor(_data.Element, numbers, dims));
        }
        var perChannel = new double[view.Outer * view.Middle];
        Array.Fill(perChannel, _fill);
        (view with { Inner = 1 }).Scale(perChannel, scale);
        string name = context.Fresh(weight.Name);
        Value channels = builder.Constant(context.Fresh(name + "_channels"), RealNumbers.ToTensor(weight.ElementType, perChannel, Broadcast(view, dims)));
        Value shape = builder.Constant(context.Fresh(name + "_shape"), TensorData.Int64s(dims));
        return builder.Op("Expand", name, [channels, shape]);
    }

    /// <summary>Adds W x t to the bias: for each outer index of <paramref name="view"/> the sum over its channels.</summary>
    public double[] Sums(WeightView view, double[] shift)
    {
        double[] numbers;
        if (_data is not null) numbers = RealNumbers.Of(_data)!;
        else Array.Fill(numbers = new double[view.Outer * view.Middle * view.Inner], _fill);
        return view.Sums(numbers, shift);
    }

    /// <summary>The dimensions of one number for each outer and middle index, such that they broadcast to those of the weight.</summary>
    private static long[] Broadcast(WeightView view, long[] dims)
    {
        var to = new long[dims.Length];
        Array.Fill(to, 1);
        if (view.Outer == 1) to[0] = view.Middle;
        else (to[0], to[1]) = (view.Outer, view.Middle);
        return to;
    }
}
