namespace GraphPartition.Operators.Inference;

/// <summary>The sliding window of a convolution or pooling: the attributes for each spatial axis.</summary>
internal sealed class Window
{
    private readonly ImmutableArray<Dim> _kernel;
    private readonly long[] _dilations;
    private readonly bool _isCeil;

    private Window(NodeTyping n, ImmutableArray<Dim> kernel, long[] strides, long[] dilations, long[] pads)
    {
        _kernel = kernel;
        _dilations = dilations;
        Strides = strides;
        string auto = n.Attributes.Text("auto_pad");
        IsSame = auto is "SAME_UPPER" or "SAME_LOWER";
        Pads = auto is not ("" or "NOTSET") ? new long[pads.Length] : pads;
        _isCeil = n.Int("ceil_mode") != 0;
    }

    /// <summary>Steps between windows.</summary>
    public long[] Strides { get; }

    /// <summary>Padding: all beginnings, then all ends.</summary>
    public long[] Pads { get; }

    /// <summary>Whether padding makes the output as large as the input over the stride.</summary>
    public bool IsSame { get; }

    /// <summary>
    /// The window of a node with <paramref name="spatial"/> axes. The kernel is the attribute, else <paramref name="kernel"/>
    /// (a weight's dimensions). Null, with a diagnostic, where an attribute has a wrong length.
    /// </summary>
    public static Window? Of(NodeTyping n, int spatial, ImmutableArray<Dim>? kernel)
    {
        ImmutableArray<long> given = n.Attributes.Ints("kernel_shape");
        ImmutableArray<Dim> size = !given.IsDefault ? [.. given.Select(DimMath.Of)] : kernel ?? [.. new Dim[spatial]];
        long[] strides = List("strides", 1, spatial), dilations = List("dilations", 1, spatial), pads = List("pads", 0, 2 * spatial);
        if (size.Length != spatial || strides.Length != spatial || dilations.Length != spatial || pads.Length != 2 * spatial)
        {
            n.Contradiction($"the input has {spatial} spatial dimensions; kernel_shape, strides, dilations or pads say another number");
            return null;
        }
        if (Array.Exists(strides, s => s <= 0) || Array.Exists(dilations, d => d <= 0))
        {
            n.Report(ModelCodes.WrongAttribute, "strides and dilations must be at least 1");
            return null;
        }
        return new(n, size, strides, dilations, pads);

        long[] List(string name, long otherwise, int length)
        {
            ImmutableArray<long> list = n.Attributes.Ints(name);
            if (!list.IsDefaultOrEmpty) return [.. list];
            var all = new long[length];
            Array.Fill(all, otherwise);
            return all;
        }
    }

    /// <summary>The input elements that the kernel spans along an axis: (kernel - 1) * dilation + 1.</summary>
    public Dim Extent(int axis) => DimMath.Add(DimMath.Mul(DimMath.Sub(_kernel[axis], 1), _dilations[axis]), 1);

    /// <summary>The output's spatial dimensions.</summary>
    public Dim[] Slide(NodeTyping n, ReadOnlySpan<Dim> input)
    {
        var output = new Dim[input.Length];
        for (int i = 0; i < output.Length; i++)
        {
            output[i] = DimMath.AsDim(Slide(input[i], i));
            if (input[i].IsKnown && output[i].IsUnknown && !Extent(i).IsUnknown)
                n.Contradiction($"the window of {Extent(i)} does not fit into spatial dimension {i} of {input[i]} with its padding");
        }
        return output;
    }

    /// <summary>floor or ceil((in + pads - extent) / stride) + 1; SAME: ceil(in / stride).</summary>
    private Dim Slide(Dim input, int axis)
    {
        long stride = Strides[axis];
        if (IsSame) return DimMath.CeilDiv(input, stride);
        long before = Pads[axis], after = Pads[axis + _kernel.Length];
        Dim space = DimMath.Sub(DimMath.Add(input, DimMath.Of(before + after)), Extent(axis));
        if (DimMath.Number(space) < (_isCeil ? 1 - stride : 0)) return Dim.Unknown; // not one window fits
        if (!_isCeil) return DimMath.Add(DimMath.Div(space, stride), 1);
        Dim output = DimMath.Add(DimMath.CeilDiv(space, stride), 1);
        // A window that would start in the padding at the end is left out.
        if (output.IsKnown && input.IsKnown && (output.Size - 1) * stride >= input.Size + before) return output.Size - 1;
        return output.IsKnown || stride == 1 ? output : Dim.Unknown;
    }
}
