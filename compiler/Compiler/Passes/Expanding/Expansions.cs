using GraphPartition.Compiler.Passes.Elimination;
using GraphPartition.Compiler.Tagging;
using GraphPartition.Operators;

namespace GraphPartition.Compiler.Passes.Expanding;

/// <summary>
/// What is done for the target behind the passes, in order: constants that it does not take are computed; nodes that it lacks are expressed
/// in what it has; what these leave between each other is removed.
/// </summary>
/// <param name="support">What the target takes.</param>
/// <param name="off">Operators and rules (<see cref="Rules"/>) that are left out.</param>
/// <param name="keeps">Whether a constraint fixes the place of a node.</param>
public sealed class Expansions(SupportPolicy support, ImmutableHashSet<string> off, Func<Node, bool> keeps)
{
    private const int MostMoves = 16; // of a chain that a cast passes

    /// <summary>The rules besides <see cref="ExpandForTarget"/>, by name.</summary>
    public static ImmutableArray<string> Rules { get; } =
        [nameof(FoldForTarget), nameof(FewerAxes), nameof(CastFirst), nameof(MergeRoundTrips), nameof(SignedQuantization)];

    /// <summary>The names, if each is an operator with a body or a rule.</summary>
    /// <exception cref="ModelException">GP3003: a name is none of these.</exception>
    public static ImmutableHashSet<string> Checked(ImmutableHashSet<string> names, OperatorTable operators)
    {
        string[] known = [.. Rules, .. operators.Operators.Where(o => o.Definition.Body is not null).Select(o => o.Name.ToString())];
        Diagnostic[] faults = [.. names.Where(n => !known.Contains(n)).Order(StringComparer.Ordinal).Select(n =>
            CompilerCodes.UnknownPass.At($"--no-expand {n}", $"no operator with a body, and no rule{NearNames.Hint(n, known)}"))];
        return faults.Length == 0 ? names : throw new ModelException(faults);
    }

    /// <summary>The graph with constants that the target does not take computed.</summary>
    /// <exception cref="InternalCompilerException">A pass failed.</exception>
    public Graph Fold(Graph graph, PassRunner runner) => Run(graph, runner, new FoldForTarget(support, n => keeps(n) || IsOff(n)));

    /// <summary>The graph with nodes that the target lacks expressed in others.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="runner">Runs the passes.</param>
    /// <param name="kept">The first results of nodes that stay as they are, because their parts were in no engine.</param>
    /// <exception cref="InternalCompilerException">A pass failed.</exception>
    public Graph Expand(Graph graph, PassRunner runner, ImmutableHashSet<string> kept)
    {
        bool Keeps(Node node) => keeps(node) || IsOff(node) || kept.Contains(node.Output(0)!.Name);
        if (FewerAxes.AppliesTo(graph)) graph = Run(graph, runner, new FewerAxes(support));
        // Operators on quantized tensors first: between two of them i8 is better than floats.
        graph = runner.Run(new ExpandForTarget(support, n => IsQuantization(n) || Keeps(n)), graph);
        graph = Move(graph, runner);
        if (!graph.HasAnyOf("QuantizeLinear", "DequantizeLinear")) return graph;
        graph = Run(graph, runner, new SignedQuantization(support));
        graph = runner.Run(new ExpandForTarget(support, n => !IsQuantization(n) || Keeps(n)), graph);
        return Move(graph, runner);
    }

    private Graph Move(Graph graph, PassRunner runner) => runner.Run(new FixedPoint(
        MostMoves, [.. Applied(new CastFirst(support)), .. Applied(new MergeRoundTrips()), new EliminateDeadNodes()]), graph);

    private Graph Run(Graph graph, PassRunner runner, IGraphPass rule) => Applied(rule).Length == 0 ? graph : runner.Run(rule, graph);

    private IGraphPass[] Applied(IGraphPass rule) => off.Contains(rule.Name) ? [] : [rule];

    private bool IsOff(Node node) => !off.IsEmpty && off.Contains(node.Op.ToString());

    private static bool IsQuantization(Node node) => node.Op.Is("QuantizeLinear") || node.Op.Is("DequantizeLinear");
}
