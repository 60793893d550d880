using GraphPartition.Ir.Tensors;

namespace GraphPartition.Operators.Families;

/// <summary>Signal processing.</summary>
internal static class Signal
{
    private static readonly OperatorDefinition
        Standard = Pure with { Sizes = Rising },
        Windows = Standard with { Rows = Unless("it is a window of its own"), TakesSizes = true };

    public static OperatorFamily Family => new()
    {
        ["DFT"] = Standard with { Types = Dft, Rows = Dft, Opsets = [new(20, AxisToInput, AxisToAttribute)] },
        ["STFT"] = Standard with { Types = Stft, Sizes = null }, // more steps or longer frames give fewer of them
        ["MelWeightMatrix"] = Windows with { Types = MelWeightMatrix },
        ["BlackmanWindow HammingWindow HannWindow"] = Windows with { Types = Window },
        [OrtDomain, "Rfft"] = Pure with { Types = n => Fourier(n, forward: true) },
        [OrtDomain, "Irfft"] = Pure with { Types = n => Fourier(n, forward: false) },
        [OrtDomain, "ComplexMul ComplexMulConj"] = Pure with { Types = Elementwise.Broadcast },
    };

    private static void Window(NodeTyping n) =>
        n.Set(0, n.ElementAttribute("output_datatype", ElementType.Float32),
            new Shape(n.Elements(0) is [var size] ? DimMath.AsDim(size) : Dim.Unknown));

    /// <summary>
    /// The last dimension is 1 (real) or 2 (complex). One-sided keeps n/2 + 1 frequencies; back from f of them there are 2 * (f - 1) real
    /// numbers, or as many as dft_length says.
    /// </summary>
    private static void Dft(NodeTyping n)
    {
        if (n.Shape(0) is not { Rank: >= 2 } shape) return;
        bool isOneSided = n.Int("onesided") != 0, isInverse = n.Int("inverse") != 0;
        int parts = isOneSided && isInverse ? 1 : 2;
        long? axis = n.Has(2) ? n.Number(2) : n.Int("axis", n.Attributes.Has("axis") || n.InputCount == 0 ? 1 : -2);
        if (axis is null)
        {
            n.Set(0, Shape.OfRank(shape.Rank).With(shape.Rank - 1, parts));
            return;
        }
        if (n.Axis(axis.Value, shape.Rank) is not { } at) return;
        Dim length = n.Has(1) ? n.Elements(1) is [var given] ? DimMath.AsDim(given) : Dim.Unknown
            : isOneSided && isInverse ? DimMath.Mul(DimMath.Sub(shape[at], 1), 2) : shape[at];
        if (isOneSided && !isInverse) length = DimMath.Add(DimMath.Div(length, 2), 1);
        n.Set(0, shape.With(at, length).With(shape.Rank - 1, parts));
    }

    /// <summary>[batch, frames, frequencies, 2], frames = floor((length - frame) / step) + 1.</summary>
    private static void Stft(NodeTyping n)
    {
        Dim frame = n.Elements(3) is [var given] ? DimMath.AsDim(given) : n.Has(2) ? n.Dim(2, 0) : Dim.Unknown;
        Dim step = n.Elements(1) is [var s] ? DimMath.AsDim(s) : Dim.Unknown;
        Dim frames = DimMath.Add(DimMath.Div(DimMath.Sub(n.Dim(0, 1), frame), step), 1);
        Dim frequencies = n.Int("onesided", 1) != 0 ? DimMath.Add(DimMath.Div(frame, 2), 1) : frame;
        n.Set(0, new Shape(n.Dim(0, 0), DimMath.AsDim(frames), frequencies, 2));
    }

    private static void MelWeightMatrix(NodeTyping n)
    {
        Dim bins = n.Elements(0) is [var b] ? DimMath.AsDim(b) : Dim.Unknown;
        Dim spectrogram = n.Elements(1) is [var length] ? DimMath.Add(DimMath.Div(DimMath.AsDim(length), 2), 1) : Dim.Unknown;
        n.Set(0, n.ElementAttribute("output_datatype", ElementType.Float32), new Shape(spectrogram, bins));
    }

    /// <summary>ONNX Runtime's one-sided transforms: forward adds a last dimension of 2, backward removes it.</summary>
    private static void Fourier(NodeTyping n, bool forward)
    {
        if (n.Shape(0) is not { Rank: > 0 } shape) return;
        bool isOneSided = n.Int("onesided", 1) != 0;
        if (forward)
            n.Set(0, new Shape([.. shape.Dims[..^1], isOneSided ? DimMath.Add(DimMath.Div(shape[^1], 2), 1) : shape[^1], 2]));
        else if (shape.Rank >= 2)
            n.Set(0, new Shape([.. shape.Dims[..^2], isOneSided ? DimMath.Mul(DimMath.Sub(shape[^2], 1), 2) : shape[^2]]));
    }

    private static BatchAnswer Dft(BatchNode n)
    {
        BatchFact x = n.In(0);
        if (n.WhyNotFixed(1, 2) is { } reason) return reason;
        if (!x.HasRows) return BatchFact.Fixed();
        long? axis = n.Attributes.Has("axis") ? n.Attributes.Int("axis") : n.In(2).Numbers is [var number] ? number : null;
        bool isOther = axis is { } along && Along(n, along).Refusal is null && x.Axis != x.Rank - 1;
        if (!isOther) return "it cannot be shown to compute along another axis";
        return BatchFact.Of(x.Axis, [.. x.Dims.Select((d, i) => i == x.Axis ? d : n.Fresh())]);
    }

    /// <summary>DFT before opset 20: the axis is an attribute with another default.</summary>
    private static string? AxisToInput(NodeEdit edit)
    {
        long axis = edit.Take("axis") is IntAttribute a ? a.Value : 1;
        edit.SetInput(2, edit.Constant(TensorData.Scalar(ElementType.Int64, axis)));
        return null;
    }

    /// <summary>DFT since opset 20: the axis is an input.</summary>
    private static string? AxisToAttribute(NodeEdit edit)
    {
        long[]? axis = edit.Input(2) is null ? [-2] : edit.KnownIntegers(2);
        if (axis is not [var one]) return "the axis is computed";
        edit.SetInput(2, null);
        edit.Set("axis", one);
        return null;
    }
}
