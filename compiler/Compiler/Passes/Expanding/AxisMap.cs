using GraphPartition.Operators.Families;

namespace GraphPartition.Compiler.Passes.Expanding;

/// <summary>
/// Which axes of the tensors of a node are one: the joint axes. Axes of one kind whose places the operator does not tell apart may be seen
/// as one axis, and an axis of size 1 that is of no special kind may be left out.
/// </summary>
/// <param name="Kinds">For each joint axis its kind; 0: the operator treats it as any other.</param>
/// <param name="Inputs">For each input the joint axis of each of its axes; null: the input stays as it is.</param>
/// <param name="Output">The same of the outputs, which have one shape but for the axis of a Split.</param>
internal sealed record AxisMap(int[] Kinds, int[]?[] Inputs, int[] Output)
{
    private const int Special = 1; // each axis of its own kind has this number or a greater one

    /// <summary>What the inputs and attributes of the node are with other axes; null: as they are.</summary>
    public Func<AxisMerge, (AttributeMap Attributes, (int Input, TensorData Data)? Constant)>? Edit { get; init; }

    /// <summary>The map of a node; null where none is known.</summary>
    public static AxisMap? Of(Node node)
    {
        if (node.Op.Domain.Length > 0 || node.Version != 0 || node.Output(0)?.Shape is not { } result
            || node.Inputs.Any(v => v is not null && v.Shape is null)) return null;
        Shape first = node.Input(0)?.Shape ?? Shape.Scalar;
        return node.Op.Type switch
        {
            _ when OperatorDefinitions.Of(node.Op).IsElementwise => Broadcast(node, result),
            "Identity" or "Cast" => Broadcast(node, result),
            "Softmax" or "LogSoftmax" or "Hardmax" => Along(node, first, node.Attributes.Int("axis", -1), node.Inputs.Length),
            "Concat" => Along(node, first, node.Attributes.Int("axis"), node.Inputs.Length),
            "Split" => Along(node, first, node.Attributes.Int("axis"), 1),
            "CumSum" => node.Input(1)?.Data?.ToIntegers() is [var axis] ? Along(node, first, axis, 1, input: 1) : null,
            "Slice" => Slice(node, first),
            "TopK" => Along(node, first, node.Attributes.Int("axis", -1), 1),
            "GatherElements" => AlongIndices(node, first, 2),
            "ScatterElements" => AlongIndices(node, first, 3),
            "Pad" when node.Input(3) is null => Each(node, first, rest: 0, lists: 2),
            "Tile" => Each(node, first, rest: 1, lists: 1),
            "Gather" => Gather(first, node.Input(1)!.Shape!, node),
            "Transpose" => Transpose(node, first),
            "MatMul" => Multiply(first, node.Input(1)!.Shape!, result.Rank),
            "Expand" => Broadcast(node, result, tensors: 1) with
            {
                Edit = merge => (node.Attributes, (1, TensorData.Int64s(merge.Output))),
            },
            var type when type.StartsWith("Reduce", StringComparison.Ordinal) => Reduce(node, first),
            _ => null,
        };
    }

    private static AxisMap Broadcast(Node node, Shape result, int tensors = int.MaxValue) => new(new int[result.Rank],
        [.. node.Inputs.Select((v, i) => v is null || i >= tensors ? null : Range(result.Rank - v.Shape!.Rank, v.Shape.Rank))],
        Range(0, result.Rank));

    private static AxisMap? Along(Node node, Shape shape, long given, int tensors, int? input = null)
    {
        if (Place(given, shape.Rank) is not { } axis) return null;
        var kinds = new int[shape.Rank];
        kinds[axis] = Special;
        int[] all = Range(0, shape.Rank);
        return new(kinds, [.. node.Inputs.Select((_, i) => i < tensors ? all : null)], all)
        {
            Edit = merge => input is { } at
                ? (node.Attributes, (at, TensorData.Of<long>(ElementType.Int64, [merge.PlaceOf(axis)], [])))
                : (node.Attributes.With("axis", new IntAttribute(merge.PlaceOf(axis))), null),
        };
    }

    private static AxisMap? Slice(Node node, Shape shape)
    {
        long[]? axes = node.Input(3) is { } given ? given.Data?.ToIntegers()
            : node.Input(1)!.Shape is [{ IsKnown: true } count] ? [.. Enumerable.Range(0, (int)count.Size).Select(i => (long)i)] : null;
        if (axes is null) return null;
        var kinds = new int[shape.Rank];
        int[] cut = [.. axes.Select(a => (int)(a < 0 ? a + shape.Rank : a))];
        foreach (int axis in cut) kinds[axis] = Special + axis;
        int[] all = Range(0, shape.Rank);
        return new(kinds, [.. node.Inputs.Select((_, i) => i == 0 ? all : null)], all)
        {
            Edit = merge => (node.Attributes, (3, TensorData.Int64s([.. cut.Select(a => (long)merge.PlaceOf(a))]))),
        };
    }

    /// <summary>The other axes of the indices are as long as those of the data: parts of two axes are no part of their product.</summary>
    private static AxisMap? AlongIndices(Node node, Shape data, int tensors)
    {
        if (Place(node.Attributes.Int("axis"), data.Rank) is not { } axis || node.Input(1)!.Shape is not { } indices
            || indices.Rank != data.Rank) return null;
        return Range(0, data.Rank).All(a => a == axis || (data[a] == indices[a] && !data[a].IsUnknown))
            ? Along(node, data, axis, tensors) : null;
    }

    /// <summary>The second input has lists of one number for each axis; an axis with another number than the rest stays alone.</summary>
    private static AxisMap? Each(Node node, Shape shape, long rest, int lists)
    {
        if (node.Input(1)!.Data?.ToIntegers() is not { } numbers || numbers.Length != lists * shape.Rank) return null;
        int[] all = Range(0, shape.Rank), own = [.. all.Where(a => Range(0, lists).Any(l => numbers[l * shape.Rank + a] != rest))];
        var kinds = new int[shape.Rank];
        foreach (int axis in own) kinds[axis] = Special + axis;
        return new(kinds, [.. node.Inputs.Select((_, i) => i == 0 ? all : null)], all)
        {
            Edit = merge =>
            {
                var fewer = new long[lists * merge.Output.Length];
                Array.Fill(fewer, rest);
                for (int l = 0; l < lists; l++)
                    foreach (int axis in own) fewer[l * merge.Output.Length + merge.PlaceOf(axis)] = numbers[l * shape.Rank + axis];
                return (node.Attributes, (1, TensorData.Int64s(fewer)));
            },
        };
    }

    private static AxisMap? Reduce(Node node, Shape shape)
    {
        if (node.Input(1)?.Data?.ToIntegers() is not { Length: > 0 } axes) return null;
        var kinds = new int[shape.Rank];
        foreach (long axis in axes) kinds[axis < 0 ? axis + shape.Rank : axis] = Special;
        int[] all = Range(0, shape.Rank);
        return new(kinds, [all, null], [.. all.Where(a => kinds[a] == 0)])
        {
            Edit = merge => (node.Attributes.With("keepdims", new IntAttribute(0)),
                (1, TensorData.Int64s([.. all.Where(a => kinds[a] > 0).Select(a => (long)merge.PlaceOf(a)).Distinct()]))),
        };
    }

    /// <summary>Joint axes: those of the data in front, of the indices, and of the data behind, then the one that is indexed.</summary>
    private static AxisMap? Gather(Shape data, Shape indices, Node node)
    {
        if (Place(node.Attributes.Int("axis"), data.Rank) is not { } axis) return null;
        int indexed = data.Rank - 1 + indices.Rank;
        var kinds = new int[indexed + 1];
        kinds[indexed] = Special;
        for (int i = 0; i < indices.Rank; i++) kinds[axis + i] = Special + 1; // data and indices are not merged with each other
        int[] before = Range(0, axis), behind = Range(axis + indices.Rank, data.Rank - 1 - axis), own = Range(axis, indices.Rank);
        return new(kinds, [[.. before, indexed, .. behind], own], [.. before, .. own, .. behind])
        {
            Edit = merge => (node.Attributes.With("axis", new IntAttribute(merge.PlaceOf(indexed))), null),
        };
    }

    private static AxisMap? Transpose(Node node, Shape shape) =>
        node.Attributes.Ints("perm") is not { IsDefault: false } order || order.Length != shape.Rank ? null
        : new(new int[shape.Rank], [Range(0, shape.Rank)], [.. order.Select(a => (int)a)])
        {
            Edit = merge => (node.Attributes.With("perm", new IntsAttribute([.. merge.Order])), null),
        };

    /// <summary>Joint axes: the batch, the rows, the columns, and the axis of the sums.</summary>
    private static AxisMap? Multiply(Shape a, Shape b, int rank)
    {
        if (a.Rank < 2 || b.Rank < 2) return null;
        int batch = rank - 2, rows = batch, columns = batch + 1, sums = batch + 2;
        int[] kinds = [.. new int[batch], Special, Special + 1, Special + 2];
        int[] left = [.. Range(rank - a.Rank, a.Rank - 2), rows, sums], right = [.. Range(rank - b.Rank, b.Rank - 2), sums, columns];
        return new(kinds, [left, right], Range(0, rank));
    }

    /// <summary>An axis counted from the front; null where there is none.</summary>
    private static int? Place(long axis, int rank) =>
        axis < -rank || axis >= rank ? null : (int)(axis < 0 ? axis + rank : axis);

    private static int[] Range(int first, int count) => [.. Enumerable.Range(first, count)];
}
