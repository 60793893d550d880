using System.Numerics;
using System.Runtime.CompilerServices;

namespace GraphPartition.Operators.Solving;

/// <summary>
/// Solves element types and ranks in both directions, over a graph and its bodies. Inference from inputs to outputs stops at an unknown
/// operator. The types behind it follow from their uses: the schemas of ONNX require one element type for each type variable
/// (<see cref="ElementRelations"/>), and the shape rules of operators often accept only one rank (<see cref="RankRules"/>). Then inference
/// runs again with the new types.
/// </summary>
/// <remarks>
/// A type is concluded only if every run has it: with any other type the model would be invalid or its run would fail. Sizes are never
/// concluded from uses. The work is near-linear in nodes and edges (union-find, and ranks that are set once).
/// </remarks>
public static class TypeSolver
{
    private const int MostRounds = 4; // inference may find a new rank, which allows new conclusions; two rounds are usual
    private const int MostTypes = 4; // in a message

    private static readonly ConditionalWeakTable<Graph, object> Solved = []; // graphs that are solved already

    /// <summary>Solves the types of a graph and of the bodies in it.</summary>
    /// <param name="graph">The graph. It does not change.</param>
    /// <param name="operators">The schemas and rules of operators.</param>
    public static SolvedTypes Solve(Graph graph, OperatorTable operators) => Solve(graph, operators, isNew: false);

    /// <summary>As <see cref="Solve(Graph, OperatorTable)"/>, for a graph that was just built and that has no other owner.</summary>
    /// <param name="graph">The graph. Its values may get the solved types in place, because a copy of a million nodes takes time.</param>
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
        string like = clash.Like < 0 ? "" : $" like '{values[clash.Like].Name}'";
        scope.Report(OperatorCodes.TypesContradict.At(values.Nodes[clash.Node].Node.Label,
            $"'{name}' must be {TextOf(clash.Candidates)} here{like}, but {there} {TextOf(clash.OtherCandidates)}"));
    }

    private static string TextOf(uint candidates)
    {
        List<string> types = [];
        for (uint rest = candidates & ~ElementClasses.NoTensor; rest != 0; rest &= rest - 1)
            types.Add(((ElementType)BitOperations.TrailingZeroCount(rest)).Keyword());
        return types.Count <= MostTypes ? string.Join(" or ", types)
            : $"{string.Join(", ", types.Take(MostTypes))} or another of its types";
    }
}

/// <summary>A graph with solved types.</summary>
/// <param name="Graph">The solved graph; the same object if no type is new.</param>
/// <param name="Diagnostics">Contradictions (GP2012, with both places), and errors of inference with the new types.</param>
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
