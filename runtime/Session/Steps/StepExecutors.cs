using System.Collections.Immutable;

namespace GraphPartition.Runtime.Steps;

/// <summary>Who computes each step of a plan in one context, and who takes the place of one that cannot.</summary>
/// <param name="plan">The plan.</param>
/// <param name="steps">The executor of each step; owned, as all that are made.</param>
/// <param name="onHost">Makes an executor on the host for a step for which the device has no memory.</param>
/// <param name="portable">Makes an executor of a group's portable subgraph, for shapes that its engine does not take.</param>
internal sealed class StepExecutors(
    ExecutionPlan plan, ImmutableArray<IStepExecutor> steps, Func<int, IStepExecutor> onHost, Func<int, IStepExecutor> portable) : IDisposable
{
    private readonly IStepExecutor?[] _portable = new IStepExecutor?[steps.Length];

    /// <summary>The executors where all take what they get.</summary>
    public ImmutableArray<IStepExecutor> Usual { get; private set; } = steps;

    /// <summary>The executors for some shapes; <see cref="Usual"/> itself where these take them.</summary>
    /// <param name="shapes">The dimensions of each slot; null where only the run can tell.</param>
    /// <param name="refused">Steps whose usual executor has refused what only the run could tell.</param>
    public ImmutableArray<IStepExecutor> For(long[]?[] shapes, IReadOnlySet<int> refused)
    {
        ImmutableArray<IStepExecutor> chosen = Usual;
        for (int s = 0; s < chosen.Length; s++)
            if (refused.Contains(s) || !Usual[s].Takes([.. plan.Steps[s].Inputs.Select(slot => shapes[slot])]))
                chosen = chosen.SetItem(s, _portable[s] ??= portable(s));
        return chosen;
    }

    /// <summary>Has the host compute a step from now on.</summary>
    /// <param name="step">The step.</param>
    /// <param name="failed">The one of its executors for which the device has no memory; its end.</param>
    public void MoveToHost(int step, IStepExecutor failed)
    {
        failed.Dispose();
        if (ReferenceEquals(failed, _portable[step])) _portable[step] = onHost(step);
        else Usual = Usual.SetItem(step, onHost(step));
    }

    public void Dispose()
    {
        foreach (IStepExecutor step in Usual) step.Dispose();
        foreach (IStepExecutor? step in _portable) step?.Dispose();
    }
}
