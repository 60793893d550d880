using GraphPartition.Runtime.Execution;

namespace GraphPartition.Runtime;

/// <summary>
/// Consecutive runs of a session, for one thread at a time. Results stay in the context's memory until its next run. With static shapes
/// and the same input objects (their contents may change) a run allocates nothing.
/// </summary>
public sealed class SessionContext : IDisposable
{
    private readonly ExecutionPlan _plan;
    private readonly Runner _runner;
    private readonly OrtValue?[] _constants;
    private readonly OrtValue[] _results;

    internal SessionContext(ExecutionPlan plan, Runner runner)
    {
        _plan = plan;
        _runner = runner;
        _constants = [.. plan.Graph.Outputs.Select(v => v.Data is { } data ? OrtValues.ToOrt(data) : null)];
        _results = new OrtValue[plan.Graph.Outputs.Length];
    }

    /// <summary>Computes the outputs; errors are those of <see cref="ModelSession.Run"/>.</summary>
    /// <param name="inputs">As for <see cref="ModelSession.Run"/>.</param>
    /// <param name="cancellation">Stops the run.</param>
    /// <returns>The results in the order of the model's outputs. The context owns them; they are valid until its next run.</returns>
    public IReadOnlyList<OrtValue> Run(IReadOnlyDictionary<string, OrtValue> inputs, CancellationToken cancellation = default)
    {
        _runner.Run(inputs, cancellation);
        for (int i = 0; i < _results.Length; i++) _results[i] = _constants[i] ?? _runner.Result(i)!;
        return _results;
    }

    /// <summary>What the context has planned for the shapes of its last run.</summary>
    public ContextReport Report() => ContextReport.Of(_plan, _runner);

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (OrtValue? constant in _constants) constant?.Dispose();
        _runner.Dispose();
    }
}
