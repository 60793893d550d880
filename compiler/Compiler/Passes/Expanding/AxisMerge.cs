namespace GraphPartition.Compiler.Passes.Expanding;

/// <summary>The fewest axes that a node can be computed with, by the joint axes of its tensors.</summary>
internal sealed class AxisMerge
{
    /// <summary>The size in a Reshape that follows from the others.</summary>
    public const long Open = -1;

    private readonly int[] _axisOf; // of each joint axis the merged one; -1: it is left out
    private readonly int[] _inputOrder;
    private readonly int[] _outputOrder;

    private AxisMerge(int[] axisOf, int[] inputOrder, int[] outputOrder, long[]?[] inputs, long[] output) =>
        (_axisOf, _inputOrder, _outputOrder, Inputs, Output) = (axisOf, inputOrder, outputOrder, inputs, output);

    /// <summary>For each input the sizes that it is reshaped to; null: it stays as it is.</summary>
    public long[]?[] Inputs { get; }

    /// <summary>The sizes of the first output with fewer axes.</summary>
    public long[] Output { get; }

    /// <summary>The place of each axis of the output in the first input.</summary>
    public IEnumerable<long> Order => _outputOrder.Select(a => (long)Array.IndexOf(_inputOrder, a));

    /// <summary>The axis of the first input that a joint axis is now.</summary>
    public int PlaceOf(int joint) => Array.IndexOf(_inputOrder, _axisOf[joint]);

    /// <summary>
    /// Leaves out axes of size 1 and merges neighbors. Two joint axes may become one if they are neighbors in each tensor that has both,
    /// and if no tensor is repeated along one of them and not along the other.
    /// </summary>
    /// <param name="node">The node.</param>
    /// <param name="map">Its axes.</param>
    /// <returns>Null where a size is not known, or two sizes of one tensor are open.</returns>
    public static AxisMerge? Of(Node node, AxisMap map)
    {
        // A reduction's result has no axis for what it reduces; its sizes are those of the input.
        Shape? result = node.Output(0)!.Shape is { } shape && shape.Rank == map.Output.Length ? shape : null;
        (int[] Axes, Shape? Shape)[] tensors = [.. map.Inputs.Select((axes, i) => (axes!, node.Input(i)?.Shape))
            .Where(t => t.Item1 is not null && t.Shape is not null), (map.Output, result)];
        int joints = map.Kinds.Length;
        var sizes = new Dim[joints];
        Array.Fill(sizes, 1);
        foreach ((int[] axes, Shape? own) in tensors)
            for (int i = 0; own is not null && i < axes.Length; i++)
                if (own[i].IsUnknown || own[i].Is(0)) return null;
                else if (sizes[axes[i]].Is(1)) sizes[axes[i]] = own[i];
                else if (!own[i].Is(1) && own[i] != sizes[axes[i]] && map.Kinds[axes[i]] == 0) return null;

        int[][] orders = [.. tensors.Select(t => t.Axes.Where(a => !IsLeftOut(a)).ToArray())];
        var axisOf = new int[joints];
        int count = 0;
        for (int j = 0, last = -1; j < joints; j++)
        {
            if (IsLeftOut(j)) axisOf[j] = -1;
            else
            {
                axisOf[j] = last >= 0 && CanMerge(last, j) ? axisOf[last] : count++;
                last = j;
            }
        }
        long[]?[] inputs = [.. map.Inputs.Select((axes, i) => axes is null || node.Input(i)?.Shape is not { } own ? null
            : Merged(axes, a => own[Array.IndexOf(axes, a)]))];
        long[] output = Merged(map.Output, a => sizes[a]);
        return inputs.Append(output).Any(s => s?.Count(size => size == Open) > 1) ? null
            : new(axisOf, Order(map.Inputs[0]!), Order(map.Output), inputs, output);

        bool IsLeftOut(int joint) => map.Kinds[joint] == 0 && sizes[joint].Is(1);

        bool CanMerge(int a, int b)
        {
            if (map.Kinds[a] != map.Kinds[b]) return false;
            for (int t = 0; t < orders.Length; t++)
            {
                int at = Array.IndexOf(orders[t], a), next = Array.IndexOf(orders[t], b);
                if (IsLong(t, a) != IsLong(t, b) || (at >= 0 && next >= 0 && next != at + 1)) return false;
            }
            return true;
        }

        bool IsLong(int tensor, int joint) => Array.IndexOf(tensors[tensor].Axes, joint) is >= 0 and var axis
            && tensors[tensor].Shape?[axis].Is(1) != true;

        int[] Order(int[] axes) => [.. axes.Select(a => axisOf[a]).Where(a => a >= 0).Distinct()];

        long[] Merged(int[] axes, Func<int, Dim> sizeOf) => [.. Order(axes).Select(merged => axes
            .Where(a => axisOf[a] == merged).Select(sizeOf)
            .Aggregate(1L, (product, size) => product == Open || !size.IsKnown ? Open : product * size.Size))];
    }
}
