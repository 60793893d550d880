using GraphPartition.Runtime.Execution;
using GraphPartition.Runtime.Scheduling;
using Microsoft.ML.OnnxRuntime;

namespace GraphPartition.Runtime;

/// <summary>
/// One order of runs of a session, for one thread at a time. Results stay in the context's memory until its next run: where
/// shapes are static and the same values are fed again (with new content, or not), a run allocates nothing.
/// </summary>
public sealed class SessionContext : IDisposable
{
    private readonly ExecutionPlan _plan;
    private readonly RunContext _context;
    private readonly OrtValue?[] _constants;
    private readonly OrtValue[] _results;

    internal SessionContext(ExecutionPlan plan, RunContext context)
    {
        _plan = plan;
        _context = context;
        _constants = [.. plan.Graph.Outputs.Select(v => v.Data is { } data ? OrtValues.ToOrt(data) : null)];
        _results = new OrtValue[plan.Graph.Outputs.Length];
    }

    /// <summary>Runs.</summary>
    /// <param name="feeds">As for <see cref="ModelSession.Run"/>.</param>
    /// <param name="cancellation">Stops the run.</param>
    /// <returns>The results in the order of the model's outputs: the context's, until its next run.</returns>
    public IReadOnlyList<OrtValue> Run(IReadOnlyDictionary<string, OrtValue> feeds, CancellationToken cancellation = default)
    {
        _context.Run(feeds, cancellation);
        for (int i = 0; i < _results.Length; i++) _results[i] = _constants[i] ?? _context.Result(i)!;
        return _results;
    }

    /// <summary>What the context has planned for the shapes of its last run.</summary>
    public ContextReport Report() => ContextReport.Of(_plan, _context);

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (OrtValue? constant in _constants) constant?.Dispose();
        _context.Dispose();
    }
}
