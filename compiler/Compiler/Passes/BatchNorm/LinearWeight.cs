namespace GraphPartition.Compiler.Passes.BatchNorm;

/// <summary>
/// The weight of a linear layer, for scaling: a constant, or an expression (ConstantOfShape, Expand) with equal elements along all
/// axes but the first two. The latter stays an expression, Expand of a few numbers, so that the model does not grow by its weights.
/// </summary>
internal sealed class LinearWeight
{
    private readonly Value _weight;
    private readonly TensorData? _data; // all elements, or
    private readonly double[] _few; // a [_rows, _columns] matrix that is repeated along the other axes
    private readonly long _rows, _columns;

    private LinearWeight(Value weight, TensorData? data, double[] few, long rows, long columns) =>
        (_weight, _data, _few, _rows, _columns) = (weight, data, few, rows, columns);

    /// <summary>The weight; a reason where it is not known, or shared and too large to duplicate.</summary>
    public static Match<LinearWeight> Of(LinearLayer layer, Graph graph, PassContext context)
    {
        Value weight = layer.Weight;
        if (weight.Data is { } data)
        {
            int users = graph.Uses.UsersOf(weight).Length;
            return users > 1 && data.ByteCount > context.FoldLimit
                ? Match.No($"the weight is shared by {users} nodes, and {data.ByteCount} bytes are too many to duplicate")
                : new LinearWeight(weight, data, [], 0, 0);
        }
        return graph.Uses.ProducerOf(weight) is >= 0 and var producer && Expression(weight, graph.Nodes[producer]) is { } found
            ? found : Match.No("the weight is not a constant");
    }

    /// <summary>Adds s W to a graph, with a factor s for each channel of <paramref name="view"/>.</summary>
    /// <returns>The value, or null where one of its numbers would not be finite.</returns>
    public Value? Scaled(WeightView view, double[] scale, RewriteContext rewrite)
    {
        if (_data is not null)
            return RealNumbers.Scaled(_data, view, scale) is var scaled && RealNumbers.AreFinite(scaled)
                ? rewrite.Constant(_weight.Name, scaled) : null;

        long[] dims = [.. _weight.Shape!.Select(d => d.Size)];
        bool isByRow = view.Outer == 1 && view.Middle == dims[0], isByBoth = !isByRow && view.OuterPerGroup < view.Outer;
        (long rows, long columns) = (isByRow || isByBoth ? dims[0] : _rows, isByRow ? _columns : dims[1]);
        var few = new double[rows * columns];
        for (long r = 0; r < rows; r++)
            for (long c = 0; c < columns; c++)
                few[r * columns + c] = _few[(_rows == 1 ? 0 : r * _columns) + (_columns == 1 ? 0 : c)]
                    * scale[isByRow ? r : r / view.OuterPerGroup * view.Middle + c];
        long[] fewDims = [rows, columns, .. Enumerable.Repeat(1L, dims.Length - 2)];
        TensorData data = RealNumbers.ToTensor(_weight.ElementType, few, fewDims);
        if (!RealNumbers.AreFinite(data)) return null;
        string name = rewrite.Context.Fresh(_weight.Name);
        Value numbers = rewrite.Constant(name + "_channels", data);
        return rewrite.Builder.Op("Expand", name, [numbers, rewrite.Constant(name + "_shape", TensorData.Int64s(dims))]);
    }

    /// <summary>For each outer index of <paramref name="view"/> the sum of its elements, each times the shift of its channel.</summary>
    /// <returns>The sums, or null where the weight is an expression.</returns>
    public double[]? Sums(WeightView view, double[] shift) => RealNumbers.Of(_data) is { } numbers ? view.Sums(numbers, shift) : null;

    /// <summary>For each column of a matrix the sum of its elements, each times the shift of its row.</summary>
    /// <returns>The sums, or null where the weight is an expression.</returns>
    public double[]? ColumnSums(long columns, double[] shift)
    {
        if (RealNumbers.Of(_data) is not { } numbers) return null;
        var sums = new double[columns];
        for (int i = 0; i < numbers.Length; i++) sums[i % columns] += numbers[i] * shift[i / columns];
        return sums;
    }

    private static LinearWeight? Expression(Value weight, Node node)
    {
        if (node.Op.Is("ConstantOfShape"))
        {
            double[]? fill = node.Attributes.Tensor("value") is { } value ? RealNumbers.Of(value) : [0];
            return fill is { Length: 1 } ? new(weight, null, fill, 1, 1) : null;
        }
        if (!node.Op.Is("Expand") || node.Input(0)?.Data is not { } data || data.Dims.Length != weight.Shape!.Rank
            || data.Dims[0] * data.Dims[1] != data.ElementCount || RealNumbers.Of(data) is not { } numbers) return null;
        return new(weight, null, numbers, data.Dims[0], data.Dims[1]);
    }
}
