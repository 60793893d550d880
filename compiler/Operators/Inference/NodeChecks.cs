using static GraphPartition.Operators.Inference.Expectations;

namespace GraphPartition.Operators.Inference;

/// <summary>
/// What no run of a node can satisfy, besides what its types rule out: sizes that must agree, constant indices that nothing has, values
/// that an attribute cannot have. ONNX Runtime refuses these too, some when it loads a model and some when the node runs. The methods read
/// known sizes and constants only, so a symbolic size is never refused.
/// </summary>
internal static class NodeChecks
{
    public static void Conv(NodeTyping n) => Conv(n, weight: 1, bias: 2);

    public static void QLinearConv(NodeTyping n) => Conv(n, weight: 3, bias: 8);

    /// <summary>Without a bias, as a ConvInteger is.</summary>
    public static void ConvInteger(NodeTyping n) => Conv(n, weight: 1, bias: int.MaxValue);

    public static void ConvTranspose(NodeTyping n)
    {
        Kernel(n, weight: 1);
        AutoPad(n);
        n.Expect(2, "the bias", Product(n.Dim(1, 1), n.Int("group", 1)));
    }

    public static void DeformConv(NodeTyping n)
    {
        Kernel(n, weight: 1);
        if (n.Shape(1) is { Rank: > 2 } weight && n.Dim(2, 1) is { IsKnown: true } offsets
            && 2 * n.Int("offset_group", 1) * new Shape(weight.Dims[2..]).ElementCount is { } expected && expected != offsets.Size)
            n.Contradiction($"the offsets have {offsets} channels, expected {expected}: two for each element of the kernel, by groups");
    }

    /// <summary>Pads are smaller than the kernel, or a window would see nothing but padding.</summary>
    public static void Pool(NodeTyping n)
    {
        AutoPad(n);
        ImmutableArray<long> kernel = n.Attributes.Ints("kernel_shape"), pads = n.Attributes.Ints("pads");
        if (kernel.IsDefault || pads.IsDefault || pads.Length != 2 * kernel.Length) return;
        if (n.Attributes.Text("auto_pad", "NOTSET") != "NOTSET") return; // then nothing reads the pads
        for (int i = 0; i < pads.Length; i++)
            if (pads[i] >= kernel[i % kernel.Length])
            {
                n.Report(ModelCodes.WrongAttribute,
                    $"the pads are [{string.Join(", ", pads)}], expected each to be less than the kernel of [{string.Join(", ", kernel)}]");
                return;
            }
    }

    /// <summary>W is [directions, gates * hidden, input], R [directions, gates * hidden, hidden], and B holds a bias of each.</summary>
    public static Action<NodeTyping> Recurrent(int gates) => n =>
    {
        n.OneOf("direction", "forward", "reverse", "bidirectional");
        n.Require("hidden_size"); // optional by the schema, but no runtime goes without it
        bool isBatchFirst = n.Int("layout") != 0;
        long directions = n.Attributes.Text("direction", "forward") == "bidirectional" ? 2 : 1;
        Dim hidden = n.Attributes.Has("hidden_size") ? DimMath.Size(n.Int("hidden_size")) : n.Dim(2, 2);
        Dim batch = n.Dim(0, isBatchFirst ? 0 : 1);
        n.Expect(1, "W", directions, Product(hidden, gates), n.Dim(0, 2));
        n.Expect(2, "R", directions, Product(hidden, gates), hidden);
        n.Expect(3, "B", directions, Product(hidden, 2 * gates));
        n.Expect(4, "sequence_lens", batch);
        for (int i = 5; i <= 6; i++)
            if (isBatchFirst) n.Expect(i, "a first state", batch, directions, hidden);
            else n.Expect(i, "a first state", directions, batch, hidden);
        n.Expect(7, "P", directions, Product(hidden, 3));
    };

    public static void Gather(NodeTyping n)
    {
        if (n.AxisOf("axis", 0) is { } axis) n.InRange(1, axis);
    }

    /// <summary>The indices have the rank of the data, and reach no further but along the axis.</summary>
    public static void GatherElements(NodeTyping n)
    {
        if (n.Shape(0) is not { } data || n.Shape(1) is not { } indices) return;
        if (data.Rank != indices.Rank)
        {
            n.Contradiction($"the data {data} and the indices {indices} must be of one rank");
            return;
        }
        if (n.AxisOf("axis", 0) is not { } axis) return;
        for (int i = 0; i < data.Rank; i++)
            if (i != axis && data[i].IsKnown && indices[i].IsKnown && indices[i].Size > data[i].Size)
                n.Contradiction($"dimension {i} of the indices {indices} is larger than that of the data {data}");
        n.InRange(1, axis);
    }

    public static void ScatterElements(NodeTyping n)
    {
        GatherElements(n);
        if (n.Shape(1) is { } indices) n.Expect(2, "the updates", indices.Dims.AsSpan());
    }

    public static void GatherNd(NodeTyping n) => n.Addresses((int)n.Int("batch_dims"));

    /// <summary>The updates are as many as the indices, each as large as what an index addresses.</summary>
    public static void ScatterNd(NodeTyping n)
    {
        if (n.Shape(0) is not { } data || n.Shape(1) is not { Rank: > 0 } indices || !indices[^1].IsKnown) return;
        if (indices[^1].Size > data.Rank)
        {
            n.Contradiction($"the indices {indices} address {indices[^1]} dimensions, the data {data} have {data.Rank}");
            return;
        }
        n.Expect(2, "the updates", [.. indices.Dims[..^1], .. data.Dims[(int)indices[^1].Size..]]);
        n.Addresses(0);
    }

    public static void OneHot(NodeTyping n)
    {
        if (n.Number(1) < 0) n.Contradiction($"the depth is {n.Number(1)}");
    }

    /// <summary>The axis is an input.</summary>
    public static void AlongInput(NodeTyping n)
    {
        if (n.Shape(0) is { } shape && n.Number(1) is { } axis) n.Axis(axis, shape.Rank);
    }

    public static void ReverseSequence(NodeTyping n) => n.Expect(1, "the lengths", n.Dim(0, (int)n.Int("batch_axis", 1)));

    public static void Trilu(NodeTyping n)
    {
        if (n.Shape(0) is { Rank: < 2 } shape) n.Contradiction($"the input is {shape}, expected a matrix");
    }

    public static void Det(NodeTyping n)
    {
        Trilu(n);
        n.Same(n.Dim(0, -2), n.Dim(0, -1), "rows and columns");
    }

    public static void RoiAlign(NodeTyping n)
    {
        n.Expect(1, "the regions", default, 4);
        n.Expect(2, "the batch indices", n.Dim(1, 0));
    }

    public static void NonMaxSuppression(NodeTyping n)
    {
        n.Expect(0, "the boxes", default, default, 4);
        n.Expect(1, "the scores", n.Dim(0, 0), default, n.Dim(0, 1));
    }

    public static void GridSample(NodeTyping n)
    {
        if (n.Shape(1) is { Rank: > 2 } grid && grid[^1].IsKnown && !grid[^1].Is(grid.Rank - 2))
            n.Contradiction($"the last dimension of the grid {grid} must be {grid.Rank - 2}: a place for each spatial axis");
    }

    public static void DepthToSpace(NodeTyping n)
    {
        n.OneOf("mode", "DCR", "CRD");
        n.Positive("blocksize");
    }

    public static void Pad(NodeTyping n) => n.OneOf("mode", "constant", "reflect", "edge", "wrap");

    public static void Resize(NodeTyping n) => n.OneOf("mode", "nearest", "linear", "cubic");

    /// <summary>Counted parts fill the dimension, and the last one has something left; before opset 18 parts are of one size.</summary>
    public static void Split(NodeTyping n)
    {
        bool isCounted = n.Attributes.Has("num_outputs");
        if (n.Has(1) && isCounted)
            n.Report(OperatorCodes.WrongInputs, "an input 'split' and an attribute 'num_outputs' are given; expected one of them");
        if (n.HasInts(1, "split")) return;
        long parts = n.Int("num_outputs", n.OutputCount);
        if (parts > 0 && n.AxisOf("axis", 0) is { } axis && n.Dim(0, axis) is { IsKnown: true, Size: > 0 and var size }
            && (isCounted ? ((size - 1) / parts + 1) * (parts - 1) >= size : size % parts > 0))
            n.Contradiction($"dimension {axis} of {n.Shape(0)} cannot be split into {parts} {(isCounted ? "" : "equal ")}parts");
    }

    /// <summary>
    /// Q, K and V have the same batch size, there are as many keys as values, and queries and keys have the same size. The number of heads
    /// divides the number of features. The number of key heads divides the number of query heads.
    /// </summary>
    public static void Attention(NodeTyping n)
    {
        if (n.Shape(0) is not { Rank: 3 or 4 } q || n.Shape(1) is not { } k || n.Shape(2) is not { } v
            || k.Rank != q.Rank || v.Rank != q.Rank) return;
        bool isSplit = q.Rank == 4;
        if (!isSplit)
        {
            n.Require("q_num_heads");
            n.Require("kv_num_heads");
            n.Positive("q_num_heads", "kv_num_heads");
        }
        Dim heads = n.Int("q_num_heads") is > 0 and var queries ? DimMath.Size(queries) : isSplit ? q[1] : default;
        Dim shared = n.Int("kv_num_heads") is > 0 and var keys ? DimMath.Size(keys) : isSplit ? k[1] : default;
        n.Same(q[0], k[0], "batches of Q and K");
        n.Same(k[0], v[0], "batches of K and V");
        n.Same(k[^2], v[^2], "lengths of K and V");
        n.Shares(heads, shared, "heads of Q");
        if (isSplit)
        {
            n.Same(heads, q[1], "q_num_heads and the heads of Q");
            n.Same(shared, k[1], "kv_num_heads and the heads of K");
            n.Same(k[1], v[1], "heads of K and V");
            n.Same(q[3], k[3], "sizes of Q and K");
        }
        else
        {
            n.Shares(q[2], heads, "features of Q");
            n.Shares(k[2], shared, "features of K");
            n.Shares(v[2], shared, "features of V");
            n.Same(DimMath.Div(q[2], heads), DimMath.Div(k[2], shared), "sizes of Q and K");
        }
    }

    /// <summary>The columns of the weights give queries, keys and values, side by side. The number of heads divides each of them.</summary>
    public static void PackedAttention(NodeTyping n)
    {
        if (n.Shape(0) is not { Rank: 3 } x) return;
        n.Same(x[2], n.Dim(1, 0), "features of the input and rows of the weights");
        n.Expect(2, "the bias", n.Dim(1, 1));
        if (n.Attributes.Ints("qkv_hidden_sizes").IsDefaultOrEmpty)
            n.Shares(n.Dim(1, 1), Product(DimMath.Size(n.Int("num_heads")), 3), "columns of the weights");
    }

    public static void MultiHeadAttention(NodeTyping n)
    {
        if (n.Shape(0) is not { Rank: 3 } q) return;
        n.Shares(q[2], DimMath.Size(n.Int("num_heads")), "features of the query");
        if (n.Shape(1) is { Rank: 3 } k) n.Same(q[2], k[2], "features of query and key");
    }

    public static void GroupQueryAttention(NodeTyping n)
    {
        n.Positive("num_heads", "kv_num_heads");
        n.Shares(DimMath.Size(n.Int("num_heads")), DimMath.Size(n.Int("kv_num_heads")), "heads of the query");
    }

    public static void Range(NodeTyping n)
    {
        if (n.Number(2) == 0) n.Contradiction("the step is 0");
    }

    public static void ConstantOfShape(NodeTyping n)
    {
        if (n.Ints(0) is { } sizes && Array.Exists(sizes, s => s < 0)) n.Contradiction($"the shape is [{string.Join(", ", sizes)}]");
    }

    public static void Slice(NodeTyping n)
    {
        if (n.Shape(0) is not { } shape || n.Ints(3, "axes") is not { } axes) return;
        if (axes.Select(a => a < 0 ? a + shape.Rank : a).Distinct().Count() < axes.Length)
            n.Contradiction($"the axes [{string.Join(", ", axes)}] name one twice");
    }

    /// <summary>The bias is added to each row: it is spread over the product, never the other way.</summary>
    public static void Gemm(NodeTyping n)
    {
        if (n.Shape(2) is not { } bias) return;
        Dim rows = n.Dim(0, n.Int("transA") != 0 ? 1 : 0), columns = n.Dim(1, n.Int("transB") != 0 ? 0 : 1);
        if (bias.Rank > 2 || !Spreads(bias, new Shape(rows, columns)))
            n.Contradiction($"the bias {bias} cannot be added to a product of [{rows},{columns}]");
    }

    public static void InstanceNormalization(NodeTyping n)
    {
        n.Expect(1, "the scale", n.Dim(0, 1));
        n.Expect(2, "the bias", n.Dim(0, 1));
    }

    public static void GroupNormalization(NodeTyping n)
    {
        n.Positive("num_groups");
        if (n.Dim(0, 1) is { IsKnown: true } channels && n.Int("num_groups") is > 0 and var groups && channels.Size % groups != 0)
            n.Contradiction($"{groups} groups are asked for, the input {n.Shape(0)} has {channels} channels");
    }

    /// <summary>The scale and the bias have as many elements as what is normalized, or are spread over it.</summary>
    public static void LayerNormalization(NodeTyping n)
    {
        if (n.Shape(0) is not { } x || n.AxisOf("axis", -1) is not { } axis) return;
        long? count = new Shape(x.Dims[axis..]).ElementCount;
        for (int i = 1; i <= 2; i++)
            if (n.Shape(i) is { } part && count is not null && part.ElementCount is { } own && own != count && !Spreads(part, x))
                n.Contradiction($"the {(i == 1 ? "scale" : "bias")} {part} does not fit the input {x} from axis {axis} on");
    }

    public static void Lrn(NodeTyping n)
    {
        if (n.Int("size", 1) is var size && (size < 1 || size % 2 == 0))
            n.Report(ModelCodes.WrongAttribute, $"attribute 'size' is {size}, expected an odd number");
    }

    /// <summary>One scale, one for each place along the axis, or blocks of them; the zero points are as many.</summary>
    public static void Linear(NodeTyping n)
    {
        if (n.Shape(1) is not { } scale) return;
        if (n.Shape(2) is { } zero && scale.ElementCount is { } scales && zero.ElementCount is { } zeros && scales != zeros)
            n.Contradiction($"the scale is {scale} and the zero point {zero}, expected as many of both");
        else if (n.Int("block_size") == 0 && scale is [{ IsKnown: true, Size: not 1 } count] && n.AxisOf("axis", 1) is { } axis
            && n.Dim(0, axis) is { IsKnown: true } along && along != count)
            n.Contradiction($"{count} scales are given, dimension {axis} of {n.Shape(0)} is {along}");
    }

    private static void Conv(NodeTyping n, int weight, int bias)
    {
        AutoPad(n);
        if (n.Int("channels_last") != 0) return;
        Kernel(n, weight);
        Dim filters = n.Dim(weight, 0);
        if (filters.IsKnown && n.Int("group", 1) is > 1 and var groups && filters.Size % groups != 0)
            n.Contradiction($"the weight {n.Shape(weight)} has {filters} filters, which {groups} groups cannot share");
        n.Expect(bias, "the bias", filters);
    }

    private static void Kernel(NodeTyping n, int weight)
    {
        ImmutableArray<long> kernel = n.Attributes.Ints("kernel_shape");
        if (kernel.IsDefault || n.Shape(weight) is not { } shape || shape.Rank != kernel.Length + 2) return;
        for (int i = 0; i < kernel.Length; i++)
            if (shape[i + 2] is { IsKnown: true } size && size.Size != kernel[i])
            {
                n.Contradiction($"kernel_shape is [{string.Join(", ", kernel)}], the weight is {shape}");
                return;
            }
    }

    private static void AutoPad(NodeTyping n)
    {
        if (n.Attributes.Text("auto_pad").Length > 0) n.OneOf("auto_pad", "NOTSET", "VALID", "SAME_UPPER", "SAME_LOWER");
    }
}
