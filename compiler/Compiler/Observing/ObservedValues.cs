using GraphPartition.Compiler.Import.Opsets;
using GraphPartition.Operators;
using GraphPartition.Operators.Diagnostics;
using GraphPartition.Operators.Solving;

namespace GraphPartition.Compiler.Observing;

/// <summary>
/// What one run of a model showed of values about which inference leaves something open. Only verdicts and profiles of engines build on
/// it: another run may have other ranks and sizes, so no pass does, and the compiled model does not declare them. An engine that meets
/// another rank, or sizes outside of its profile, is not used for that run, and the portable subgraph runs instead.
/// </summary>
/// <param name="Typed">For the graph and its bodies the same graph with the observed types, node for node; empty where there are none.</param>
/// <param name="Values">What was observed, in the order of the nodes.</param>
/// <param name="Failure">Why nothing was observed: a warning GP3014, or null.</param>
public sealed record ObservedValues(
    IReadOnlyDictionary<Graph, Graph> Typed, ImmutableArray<ObservedValue> Values, Diagnostic? Failure)
{
    /// <summary>Nothing was observed.</summary>
    public static ObservedValues None { get; } = new(new Dictionary<Graph, Graph>(), [], null);

    /// <summary>Runs the model if anything is open, or declared by the user.</summary>
    /// <param name="model">The model behind the passes.</param>
    /// <param name="operators">Infers what follows from observed types.</param>
    /// <param name="observer">Runs it.</param>
    /// <exception cref="ModelException">GP2020: an operators file declares another type than a node gave in this run.</exception>
    public static ObservedValues Of(Model model, OperatorTable operators, IValueObserver observer)
    {
        if (!Inner(model.Graph).Any(v => IsOpen(v.Value) || operators.IsExtended(v.Node.Op))) return None;
        Observation seen;
        try
        {
            seen = observer.Observe(OpsetExport.Lowest(model));
        }
        catch (ModelException e)
        {
            seen = Observation.Failed(e.Diagnostics[0].Message);
        }
        if (seen.Failure is { } failure) return None with { Failure = CompilerCodes.NotObserved.At(model.Graph.Name, failure) };
        Diagnostic[] denied = [.. from v in Inner(model.Graph)
                                  where operators.IsExtended(v.Node.Op) && seen.Types.ContainsKey(v.Value)
                                      && !Allows(v.Value, seen.Types[v.Value])
                                  select OperatorCodes.DeclarationContradicts.At(v.Node.Label, $"the declaration of {v.Node.Op} says that "
                                      + $"'{v.Value.Name}' is {v.Value.Type}, but in the observed run it was {seen.Types[v.Value]}")];
        if (denied.Length > 0) throw new ModelException(denied);

        var typed = Refined(model.Graph, operators, seen.Types.GetValueOrDefault, out Diagnostic? wrong);
        if (wrong is not null)
            return None with
            {
                Failure = CompilerCodes.NotObserved.At(wrong.Where, $"the observed types contradict the operator: {wrong.Message}"),
            };
        return new(typed, [.. from v in Inner(model.Graph)
                                where IsOpen(v.Value) && seen.Types.ContainsKey(v.Value)
                                select new ObservedValue(v.Value.Name, v.Node.DisplayName, seen.Types[v.Value])], null);
    }

    /// <summary>
    /// <see cref="Typed"/> of a graph that was made of the observed one, with nodes expressed in others: a value that kept its name has the
    /// type that was observed. What has a new name stays open.
    /// </summary>
    /// <param name="graph">The new graph.</param>
    /// <param name="operators">Infers what follows from observed types.</param>
    public IReadOnlyDictionary<Graph, Graph> In(Graph graph, OperatorTable operators)
    {
        if (Typed.Count == 0 || Typed.ContainsKey(graph)) return Typed;
        var types = Values.ToDictionary(v => v.Value, v => v.Type);
        var typed = Refined(graph, operators, v => types.GetValueOrDefault(v.Name), out Diagnostic? wrong);
        return wrong is null ? typed : None.Typed;
    }

    private static Dictionary<Graph, Graph> Refined(
        Graph whole, OperatorTable operators, Func<Value, ObservedType?> seen, out Diagnostic? wrong)
    {
        var scope = BuildScope.For(whole);
        Graph refined = new TypeRefiner(operators, scope, TypeOf).Of(whole);
        wrong = scope.Diagnostics.FirstOrDefault(d => d.Code.Severity == Severity.Error);
        var typed = new Dictionary<Graph, Graph>(ReferenceEqualityComparer.Instance);
        if (wrong is null) Pair(whole, refined);
        return typed;

        void Pair(Graph graph, Graph with)
        {
            typed[graph] = with;
            for (int n = 0; n < graph.Nodes.Length; n++)
                foreach ((Graph body, Graph typedBody) in graph.Nodes[n].Attributes.Bodies().Zip(with.Nodes[n].Attributes.Bodies()))
                    Pair(body, typedBody);
        }

        IrType TypeOf(Value value)
        {
            if (!HasOpenType(value) || seen(value) is not { } type) return value.Type;
            if (type.Element == ElementType.Undefined && type.Rank is null) return value.Type;
            return IrType.Merge(value.Type, IrType.Tensor(type.Element, type.Rank is { } rank ? Shape.OfRank(rank) : null)) ?? value.Type;
        }
    }

    /// <summary>Whether a value of this type can have been seen so.</summary>
    private static bool Allows(Value value, ObservedType seen)
    {
        if (value.Type is not TensorType { Element: var element, Shape: var shape }) return true;
        if (element != seen.Element && element != ElementType.Undefined && seen.Element != ElementType.Undefined) return false;
        if (shape is not { } dims || seen is not { Min: { } min, Max: { } max }) return true;
        return dims.Rank == min.Length
            && !Enumerable.Range(0, min.Length).Any(i => dims[i].IsKnown && (dims[i].Size > max[i] || dims[i].Size < min[i]));
    }

    /// <summary>Whether something is open that a run shows: the type, or a size that depends on data.</summary>
    private static bool IsOpen(Value value) =>
        HasOpenType(value) || value.Shape?.Any(d => d.IsUnknown || d.Symbol?.Contains('$') == true) == true;

    private static bool HasOpenType(Value value) =>
        value.Type is UnknownType or TensorType { Element: ElementType.Undefined } or TensorType { Shape: null };

    private static IEnumerable<(Value Value, Node Node)> Inner(Graph graph) => graph.Nodes.SelectMany(n =>
        n.Outputs.OfType<Value>().Select(v => (v, n)).Concat(n.Attributes.Bodies().SelectMany(Inner)));
}

/// <summary>A value whose type was observed, not inferred.</summary>
/// <param name="Value">Its name.</param>
/// <param name="Node">The node that defines it.</param>
/// <param name="Type">What was observed.</param>
public sealed record ObservedValue(string Value, string Node, ObservedType Type);
