using System.Diagnostics;

namespace GraphPartition.Compiler.Passes;

/// <summary>Runs passes: times each one, counts nodes, verifies graphs, and names the pass that broke one.</summary>
/// <param name="context">What the passes of the run share.</param>
public sealed class PassRunner(PassContext context)
{
    private readonly List<PassReport> _reports = [];
    private readonly List<PassChange> _changes = [];

    /// <summary>Whether the graph is verified after every pass that changed it.</summary>
    public bool Verify { get; init; }

    /// <summary>Called after every pass that changed the graph, with its name; for <c>--dump-after</c>.</summary>
    public Action<string, Graph>? Dump { get; init; }

    /// <summary>Whether <see cref="Changes"/> keeps the graphs.</summary>
    public bool KeepsGraphs { get; init; }

    /// <summary>The passes that ran so far, in order.</summary>
    public IReadOnlyList<PassReport> Reports => _reports;

    /// <summary>One entry for each report of a change, in the same order; empty unless <see cref="KeepsGraphs"/>.</summary>
    public IReadOnlyList<PassChange> Changes => _changes;

    /// <summary>Forgets the runs behind the first ones: what they made is given up.</summary>
    /// <param name="count">How many reports stay.</param>
    public void Rewind(int count)
    {
        _reports.RemoveRange(count, _reports.Count - count);
        if (!KeepsGraphs) return;
        int kept = _reports.Count(r => r.IsChanged);
        _changes.RemoveRange(kept, _changes.Count - kept);
    }

    /// <summary>The graph after all passes of a pipeline.</summary>
    /// <exception cref="InternalCompilerException">A pass failed or broke an invariant.</exception>
    public Graph Run(Pipeline pipeline, Graph graph)
    {
        foreach (IGraphPass pass in pipeline.Passes) graph = Run(pass, graph);
        return graph;
    }

    /// <summary>The graph after one pass.</summary>
    /// <exception cref="InternalCompilerException">The pass failed or broke an invariant.</exception>
    public Graph Run(IGraphPass pass, Graph graph) => pass is FixedPoint rounds ? rounds.Run(graph, RunOne) : RunOne(pass, graph);

    private Graph RunOne(IGraphPass pass, Graph before)
    {
        long start = Stopwatch.GetTimestamp();
        Graph after;
        try
        {
            after = pass.HasWork(before) ? pass.Run(before, context) : before;
        }
        catch (Exception e) when (e is not (InternalCompilerException or ModelException or OutOfMemoryException))
        {
            throw new InternalCompilerException(Stage(pass), e.ToString(), e);
        }
        bool isChanged = !ReferenceEquals(before, after);
        int nodes = _reports is [.., var last] ? last.NodesAfter : PassReport.CountNodes(before);
        _reports.Add(new(pass.Name, nodes, isChanged ? PassReport.CountNodes(after) : nodes, isChanged,
            Stopwatch.GetElapsedTime(start).TotalMilliseconds));
        if (!isChanged) return before;
        if (KeepsGraphs) _changes.Add(new(pass.Name, before, after));
        if (Verify && Fault(before, after) is { } fault) throw new InternalCompilerException(Stage(pass), fault);
        Dump?.Invoke(pass.Name, after);
        return after;
    }

    /// <summary>What is wrong with the graph after a pass.</summary>
    /// <returns>The fault, or null.</returns>
    private static string? Fault(Graph before, Graph after)
    {
        if (GraphVerifier.FindFault(after) is { } fault) return fault;
        if (!after.Inputs.SequenceEqual(before.Inputs)) return "the inputs have changed";
        string[] was = [.. before.Outputs.Select(v => v.Name)], now = [.. after.Outputs.Select(v => v.Name)];
        return was.SequenceEqual(now) ? null : $"the outputs have changed from {string.Join(", ", was)} to {string.Join(", ", now)}";
    }

    private string Stage(IGraphPass pass) =>
        _reports.Count == 0 ? pass.Name : $"{pass.Name} (after {string.Join(", ", _reports.Where(r => r.IsChanged).Select(r => r.Pass))})";
}
