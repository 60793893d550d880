using System.Numerics;
using System.Runtime.CompilerServices;

namespace GraphPartition.Operators.Solving;

/// <summary>
/// Solves element types and ranks by both directions, over a graph and the bodies in it. Inference from inputs to outputs stops at an
/// operator that nobody knows; what stands behind it is solved from its uses: the schemas of ONNX require one element type where they name
/// one type variable (<see cref="ElementRelations"/>), and the shape rules of operators exclude all ranks but one (<see cref="RankRules"/>).
/// Then inference runs again for what became known.
/// </summary>
/// <remarks>
/// A type is concluded only where every run has it: a model in which it were another is no valid model, or fails when it runs. Sizes are
/// never concluded from uses. The work is near-linear in nodes and edges (union-find, and ranks that are set once).
/// </remarks>
public static class TypeSolver
{
    private const int MostRounds = 4; // inference may find a rank that tells more; each round does, so few do
    private const int MostTypes = 4; // in a message

    private static readonly ConditionalWeakTable<Graph, object> Solved = []; // graphs of which all is solved already

    /// <summary>Solves the types of a graph and of the bodies in it.</summary>
    /// <param name="graph">The graph; it stays as it is.</param>
    /// <param name="operators">The schemas and rules of operators.</param>
    public static SolvedTypes Solve(Graph graph, OperatorTable operators) => Solve(graph, operators, isNew: false);

    /// <summary>As <see cref="Solve(Graph, OperatorTable)"/>, for a graph that was just built and that nobody else has seen.</summary>
    /// <param name="graph">The graph; its values may get the solved types without a copy, which a million nodes would feel.</param>
    /// <param name="operators">The schemas and rules of operators.</param>
    public static SolvedTypes SolveNew(Graph graph, OperatorTable operators) => Solve(graph, operators, isNew: true);

    private static SolvedTypes Solve(Graph graph, OperatorTable operators, bool isNew)
    {
        if (Solved.TryGetValue(graph, out _) || !ValueTable.HasOpen(graph)) return new(graph, []);
        var scope = BuildScope.For(graph);
        for (int round = 0; round < MostRounds; round++)
        {
            var values = new ValueTable(graph);
            var elements = new ElementClasses(values);
            new ElementRelations(operators, values, elements, clash => Report(clash, values, scope)).AddAll();
            int[] ranks = RankSolver.Solve(operators, values,
                (node, message) => scope.Report(OperatorCodes.TypesContradict.At(node.Label, message)));
            if (HasErrors(scope)) break;
            var solved = new SolvedValues(values, elements, ranks);
            bool foundMore;
            if (isNew && !values.HasBodies) foundMore = new TypeUpdate(operators, scope, solved.TypeOf).Apply(graph);
            else
            {
                var refiner = new TypeRefiner(operators, scope, solved.TypeOf);
                graph = refiner.Of(graph);
                foundMore = refiner.FoundMore;
            }
            if (!foundMore || HasErrors(scope)) break;
        }
        if (!HasErrors(scope)) Solved.AddOrUpdate(graph, Solved);
        return new(graph, [.. scope.Diagnostics]);
    }

    private static bool HasErrors(BuildScope scope) => scope.Diagnostics.Any(d => d.Code.Severity == Severity.Error);

    private static void Report(Clash clash, ValueTable values, BuildScope scope)
    {
        string name = values[clash.Value].Name;
        string there = clash.OtherNode < 0 ? "it is" : $"{values.Nodes[clash.OtherNode].Node.Label} needs";
        scope.Report(OperatorCodes.TypesContradict.At(values.Nodes[clash.Node].Node.Label,
            $"'{name}' must be {TextOf(clash.Candidates)} here, but {there} {TextOf(clash.OtherCandidates)}"));
    }

    private static string TextOf(uint candidates)
    {
        List<string> types = [];
        for (uint rest = candidates & ~ElementClasses.NoTensor; rest != 0; rest &= rest - 1)
            types.Add(((ElementType)BitOperations.TrailingZeroCount(rest)).Keyword());
        return types.Count <= MostTypes ? string.Join(" or ", types) : $"{string.Join(", ", types.Take(MostTypes))} or another of its types";
    }
}

/// <summary>A graph with solved types.</summary>
/// <param name="Graph">The graph; the very graph that was to be solved where no type follows.</param>
/// <param name="Diagnostics">Contradictions (GP2012, which names both places), and what inference objects to in the new types.</param>
public sealed record SolvedTypes(Graph Graph, ImmutableArray<Diagnostic> Diagnostics)
{
    /// <summary>The graph.</summary>
    /// <exception cref="ModelException">The types contradict each other.</exception>
    public Graph OrThrow()
    {
        Diagnostic[] errors = [.. Diagnostics.Where(d => d.Code.Severity == Severity.Error)];
        return errors.Length == 0 ? Graph : throw new ModelException(errors);
    }
}
