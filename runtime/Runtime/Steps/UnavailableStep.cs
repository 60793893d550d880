namespace GraphPartition.Runtime.Steps;

/// <summary>A step with an operator that nothing here can execute: a run that comes to it fails, other runs do not.</summary>
/// <param name="segment">What the step would compute.</param>
/// <param name="faults">Which operators are missing.</param>
internal sealed class UnavailableStep(GraphSegment segment, IReadOnlyList<Diagnostic> faults) : IStepExecutor
{
    public string Device => "nothing";

    public StepPlacement Placement { get; } = StepPlacement.All(MemoryPlace.Host, segment.Inputs.Length, segment.Outputs.Length);

    public bool OnlyEnqueues => false;

    public void Run(StepFrame frame, RunControl control) => throw new ModelException(faults);

    public void Dispose()
    {
    }
}
