using GraphPartition.Runtime.Options;

namespace GraphPartition.Runtime.Ort;

/// <summary>
/// Finds a level of optimization at which ONNX Runtime creates a session without a crash, and the nodes that it crashes on. Each try is a
/// process of its own.
/// </summary>
/// <param name="probe">Runs the tries.</param>
public sealed class IsolatedCreation(ICrashProbe probe)
{
    private static readonly GraphOptimizationLevel[] Levels =
    [
        GraphOptimizationLevel.ORT_ENABLE_ALL, GraphOptimizationLevel.ORT_ENABLE_EXTENDED, GraphOptimizationLevel.ORT_ENABLE_BASIC,
        GraphOptimizationLevel.ORT_DISABLE_ALL,
    ];

    /// <summary>The highest level without a crash for a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="highest">The level to try first.</param>
    /// <exception cref="EnvironmentException">GP5016: it crashes at each level.</exception>
    public GraphOptimizationLevel LevelFor(string path, GraphOptimizationLevel highest) =>
        Highest(highest, level => probe.SessionCrash(path, null, level), out string? crash)
        ?? throw new EnvironmentException(RuntimeCodes.Crash, path, crash!);

    /// <summary>The highest level without a crash for a segment.</summary>
    /// <param name="model">The model whose graph is cut.</param>
    /// <param name="segment">The segment.</param>
    /// <param name="highest">The level to try first.</param>
    /// <param name="warn">Receives the nodes that a higher level crashes on (GP5015); null: no receiver.</param>
    /// <exception cref="EnvironmentException">GP5016: it crashes at each level; the message has the nodes.</exception>
    internal GraphOptimizationLevel LevelFor(Model model, GraphSegment segment, GraphOptimizationLevel highest, Action<Diagnostic>? warn)
    {
        GraphOptimizationLevel? found = Highest(highest, level => Crash(model, segment, level), out string? crash);
        if (found == highest) return highest;
        string where = $"segment {segment.Index}", nodes = Culprits(model, segment, found is null ? Levels[^1] : highest);
        if (found is not { } level)
            throw new EnvironmentException(RuntimeCodes.Crash, where, $"{crash}, at each level of optimization; {nodes}");
        warn?.Invoke(RuntimeCodes.LowerLevel.At(where, $"{crash} at level {highest}; {nodes}; it is created at level {level}"));
        return level;
    }

    private static GraphOptimizationLevel? Highest(
        GraphOptimizationLevel highest, Func<GraphOptimizationLevel, string?> tried, out string? crash)
    {
        crash = null;
        foreach (GraphOptimizationLevel level in Levels)
            if (level <= highest)
            {
                if (tried(level) is not { } how) return level;
                crash ??= how;
            }
        return null;
    }

    /// <summary>
    /// The shortest range of nodes that still crashes, by bisection from both ends: first as many nodes as possible are dropped from the
    /// front, then from the back.
    /// </summary>
    private string Culprits(Model model, GraphSegment segment, GraphOptimizationLevel level)
    {
        int first = 0, last = segment.Nodes.Length - 1;
        for (int no = segment.Nodes.Length; no - first > 1;) // without the nodes before 'first' it crashes, without those before 'no' not
        {
            int middle = (first + no) / 2;
            if (Crashes(middle, last)) first = middle;
            else no = middle;
        }
        for (int no = first - 1; last - no > 1;)
        {
            int middle = (no + last) / 2;
            if (Crashes(first, middle)) last = middle;
            else no = middle;
        }
        Graph graph = model.Graph;
        return $"it crashes on the {last - first + 1} nodes from {graph.Nodes[segment.Nodes[first]].Label} "
            + $"to {graph.Nodes[segment.Nodes[last]].Label}";

        bool Crashes(int from, int to) =>
            Crash(model, GraphSegment.Of(model.Graph, segment.Nodes[from..(to + 1)], isEngine: false), level) is not null;
    }

    private string? Crash(Model model, GraphSegment segment, GraphOptimizationLevel level)
    {
        SegmentModel part = SegmentModel.ForSession(model, segment);
        string file = Path.Combine(Path.GetTempPath(), $"graphpartition-{Guid.NewGuid():N}.onnx");
        try
        {
            File.WriteAllBytes(file, part.Bytes);
            return probe.SessionCrash(file, part.Directory, level);
        }
        finally
        {
            File.Delete(file);
        }
    }
}
