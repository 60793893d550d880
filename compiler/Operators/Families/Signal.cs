namespace GraphPartition.Operators.Families;

/// <summary>Signal processing.</summary>
internal static class Signal
{
    public static IEnumerable<OperatorRow> Rows =>
    [
        new("DFT", Dft),
        new("STFT", Stft),
        new("MelWeightMatrix", MelWeightMatrix),
        .. OperatorRow.Of(Window, "BlackmanWindow", "HammingWindow", "HannWindow"),
        .. OperatorRow.In("com.microsoft", n => Fourier(n, forward: true), "Rfft"),
        .. OperatorRow.In("com.microsoft", n => Fourier(n, forward: false), "Irfft"),
        .. OperatorRow.In("com.microsoft", Elementwise.Broadcast, "ComplexMul", "ComplexMulConj"),
    ];

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
}
