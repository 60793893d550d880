using GraphPartition.Runtime.Kernels;

namespace GraphPartition.Runtime.Steps;

/// <summary>A step that a C# kernel computes: one node, in host memory.</summary>
internal sealed class KernelStep : IStepExecutor
{
    private readonly Node _node;
    private readonly ICustomKernel _kernel;
    private readonly OrtValue?[] _weights; // by input of the node
    private readonly int[] _inputs; // for each input of the node: its place among the inputs of the step, or -1
    private readonly int[] _outputs; // for each output of the node: its place among the outputs of the step, or -1 if nothing uses it

    /// <summary>A step of a kernel.</summary>
    /// <param name="node">The node.</param>
    /// <param name="segment">The segment that the node forms.</param>
    /// <param name="kernel">Computes the node.</param>
    public KernelStep(Node node, GraphSegment segment, ICustomKernel kernel)
    {
        _node = node;
        _kernel = kernel;
        _weights = [.. node.Inputs.Select(v => v?.Data is { } data ? OrtValues.ToOrt(data) : null)];
        _inputs = [.. node.Inputs.Select(v => v is null ? -1 : segment.Inputs.IndexOf(v))];
        _outputs = [.. node.Outputs.Select(v => v is null ? -1 : segment.Outputs.IndexOf(v))];
        Placement = StepPlacement.All(MemoryPlace.Host, segment.Inputs.Length, segment.Outputs.Length);
    }

    public string Device => "kernel";

    public StepPlacement Placement { get; }

    public bool OnlyEnqueues => false;

    public void Run(StepFrame frame, RunControl control)
    {
        var call = new KernelCall(_node,
            [.. _inputs.Select((at, i) => at >= 0 ? frame.Inputs[at] : _weights[i])],
            [.. _outputs.Select(at => at >= 0 ? frame.Outputs[at] : null)], control.Cancellation);
        bool isDone = false;
        try
        {
            _kernel.Compute(call);
            if (call.FirstMissing() is { } missing) throw new InvalidOperationException($"the kernel has not made output {missing}");
            isDone = true;
        }
        catch (KernelShapeException e)
        {
            throw new DeclaredShapeException(RuntimeCodes.KernelFailed, _node.Output(e.Output)!.Name, e.Declared, "the kernel", e.Actual);
        }
        catch (Exception e) when (e is not (OperationCanceledException or EnvironmentException or ModelException))
        {
            throw new EnvironmentException(RuntimeCodes.KernelFailed, _node.Label, e.Message, e);
        }
        finally
        {
            call.DisposeOutputs(i => isDone && _outputs[i] >= 0);
        }
        for (int i = 0; i < _outputs.Length; i++)
            if (_outputs[i] >= 0) frame.Outputs[_outputs[i]] = call.Made(i);
    }

    public void Dispose()
    {
        foreach (OrtValue? weight in _weights) weight?.Dispose();
    }
}
