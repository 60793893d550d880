using GraphPartition.Runtime.Execution;

namespace GraphPartition.Runtime.Steps;

/// <summary>Counts the renewals of a step that keeps kernels for the shapes of one run only (<see cref="IStepExecutor.Renewals"/>).</summary>
internal sealed class KernelRenewals
{
    private long[]?[]? _fed; // in the last run that kernels were made for

    /// <summary>How often kernels were made.</summary>
    public int Count { get; private set; }

    /// <summary>Takes note of what a run is fed: kernels for other dimensions than before take the place of those that there are.</summary>
    public void Meet(long[]?[] fed)
    {
        if (_fed is not null && FedShapes.Are(fed, _fed)) return;
        _fed = fed;
        Count++;
    }
}
