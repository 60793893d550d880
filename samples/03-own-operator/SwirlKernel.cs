using GraphPartition.Ir.Graphs;
using GraphPartition.Runtime.Kernels;

/// <summary>Computes Swirl where no engine does: each element moves one place to the left.</summary>
internal sealed class SwirlKernel : ICustomKernel
{
    /// <inheritdoc/>
    public OpName Operator { get; } = new("my.domain", "Swirl");

    /// <inheritdoc/>
    public void Compute(KernelCall call)
    {
        ReadOnlySpan<float> x = call.Input<float>(0);
        Span<float> y = call.Output<float>(0, call.ShapeOf(0));
        for (int i = 0; i < x.Length; i++) y[i] = x[(i + 1) % x.Length];
    }
}
