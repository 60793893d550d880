using GraphPartition.Ir.Tensors;

namespace GraphPartition.MindIr.Tests.Support;

/// <summary>Operators computed by the plainest loops, as a second opinion.</summary>
internal static class Reference
{
    /// <summary>Cross-correlation of x [N, C, H, W] with w [O, C / group, kh, kw]; pads are (top, bottom, left, right).</summary>
    public static TensorData Conv(TensorData x, TensorData w, long stride = 1, long dilation = 1, long group = 1, params long[] pads)
    {
        if (pads.Length == 0) pads = [0, 0, 0, 0];
        long outputs = w.Dims[0], channels = w.Dims[1];
        long height = (x.Dims[2] + pads[0] + pads[1] - dilation * (w.Dims[2] - 1) - 1) / stride + 1;
        long width = (x.Dims[3] + pads[2] + pads[3] - dilation * (w.Dims[3] - 1) - 1) / stride + 1;
        return Fill([x.Dims[0], outputs, height, width], at =>
        {
            double sum = 0;
            for (long c = 0; c < channels; c++)
                for (long i = 0; i < w.Dims[2]; i++)
                    for (long j = 0; j < w.Dims[3]; j++)
                        sum += w.Get(at[1], c, i, j)
                            * x.Get(at[0], at[1] / (outputs / group) * channels + c, at[2] * stride - pads[0]
                                + i * dilation, at[3] * stride - pads[2] + j * dilation);
            return sum;
        });
    }

    /// <summary>A tensor of floats from a function of the index.</summary>
    public static TensorData Fill(long[] dims, Func<long[], double> value)
    {
        var to = new float[TensorData.CountOf([.. dims])];
        for (int n = 0; n < to.Length; n++)
        {
            var at = new long[dims.Length];
            long rest = n;
            for (int d = dims.Length - 1; d >= 0; rest /= dims[d--]) at[d] = rest % dims[d];
            to[n] = (float)value(at);
        }
        return TensorData.Floats(to, dims);
    }

    /// <summary>A tensor of the same shape, element by element.</summary>
    public static TensorData Map(this TensorData x, Func<double, double> function) => Fill([.. x.Dims], at => function(x.Get(at)));

    /// <summary>The element at an index; 0 outside.</summary>
    public static double Get(this TensorData tensor, params long[] at)
    {
        long n = 0;
        for (int d = 0; d < at.Length; d++)
        {
            if (at[d] < 0 || at[d] >= tensor.Dims[d]) return 0;
            n = n * tensor.Dims[d] + at[d];
        }
        return Numbers.At(tensor.Element, tensor.Bytes.Span, (int)n);
    }
}
