using System.Numerics;

namespace GraphPartition.Compiler.Passes.BatchNorm;

/// <summary>
/// A weight as [Outer, Middle, Inner] where the channel of an element is (outer / OuterPerGroup) * Middle + middle: the form that
/// output channels (or, for a convolution, input channels) of every linear layer have.
/// </summary>
internal readonly record struct WeightView(long Outer, long Middle, long Inner, long OuterPerGroup)
{
    /// <summary>Each element times the scale of its channel.</summary>
    public void Scale<T>(Span<T> weight, double[] scale) where T : struct, INumber<T>
    {
        int at = 0;
        for (long o = 0; o < Outer; o++)
            for (long m = 0, first = o / OuterPerGroup * Middle; m < Middle; m++)
            {
                double factor = scale[first + m];
                foreach (ref T element in weight.Slice(at, (int)Inner))
                    element = T.CreateTruncating(double.CreateTruncating(element) * factor);
                at += (int)Inner;
            }
    }

    /// <summary>For each outer index the sum of its elements, each times the shift of its channel.</summary>
    public double[] Sums(double[] weight, double[] shift)
    {
        var sums = new double[Outer];
        for (long o = 0, at = 0; o < Outer; o++)
            for (long m = 0, first = o / OuterPerGroup * Middle; m < Middle; m++)
            {
                double factor = shift[first + m];
                for (long end = at + Inner; at < end; at++) sums[o] += weight[at] * factor;
            }
        return sums;
    }
}
