namespace GraphPartition.Runtime.Kernels;

/// <summary>
/// An operator that C# code computes (<see cref="Options.ModelSessionOptions.Kernels"/>). Each of its nodes is a step of its own, in host
/// memory; ONNX Runtime never sees it. A kernel takes precedence over an operator of the same name that ONNX Runtime has.
/// It must be thread-safe: runs at the same time share it.
/// </summary>
public interface ICustomKernel
{
    /// <summary>The operator. An overload is not part of it.</summary>
    OpName Operator { get; }

    /// <summary>Computes the outputs of one node. An exception ends the run with GP5022.</summary>
    /// <param name="call">The inputs, the attributes, and the place for the outputs. It is valid during the call only.</param>
    void Compute(KernelCall call);
}

/// <summary>Makes kernels of delegates.</summary>
public static class CustomKernel
{
    /// <summary>A kernel that calls a delegate.</summary>
    /// <param name="op">The operator.</param>
    /// <param name="compute">Computes the outputs of one node; thread-safe.</param>
    public static ICustomKernel Of(OpName op, Action<KernelCall> compute) => new DelegateKernel(op, compute);

    private sealed class DelegateKernel(OpName op, Action<KernelCall> compute) : ICustomKernel
    {
        public OpName Operator => op;

        public void Compute(KernelCall call) => compute(call);
    }
}
