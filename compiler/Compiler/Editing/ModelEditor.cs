using GraphPartition.Compiler.Passes.Elimination;
using GraphPartition.Operators;

namespace GraphPartition.Compiler.Editing;

/// <summary>Small changes of models by hand: shapes of inputs, names, outputs.</summary>
public static class ModelEditor
{
    /// <summary>The model with other shapes of inputs. Everything behind them is inferred again.</summary>
    /// <param name="model">The model.</param>
    /// <param name="shapes">The new shapes by the names of inputs; of the same rank, where it is known.</param>
    /// <param name="operators">Infers the types behind the inputs.</param>
    /// <exception cref="ModelException">GP3028: no input has the name, it is not a tensor, or a node cannot take the shapes.</exception>
    public static Model WithShapes(Model model, IReadOnlyDictionary<string, Shape> shapes, OperatorTable operators)
    {
        if (shapes.Count == 0) return model;
        Dictionary<string, Value> inputs = model.Graph.Inputs.ToDictionary(v => v.Name);
        Fail(shapes.Select(s => !inputs.TryGetValue(s.Key, out Value? v) ? At(s.Key, $"the model has no such input{NearNames.Hint(s.Key, inputs.Keys)}")
            : v.Type is not (TensorType or UnknownType) ? At(s.Key, $"the input is {v.Type}, which has no shape")
            : v.Shape is { } old && old.Rank != s.Value.Rank ? At(s.Key, $"{s.Value.Rank} dimensions are given, the input is {v.Type}")
            : model.Graph.Defaults.ContainsKey(v) ? At(s.Key, "the input has a default value, whose shape is fixed") : null));
        HashSet<Value> given = [.. shapes.Keys.Select(name => inputs[name])], entries = [.. model.Graph.Inputs];
        var scope = BuildScope.For(model.Graph);
        Graph graph = new GraphCopy(operators, scope)
        {
            TypeOf = v => given.Contains(v) ? IrType.Tensor(v.ElementType, shapes[v.Name]) : entries.Contains(v) ? v.Type : Open(v.Type),
        }.Of(model.Graph);
        Fail(scope.Diagnostics.Where(d => d.Code.Severity == Severity.Error).Select(d => At(d.Where, $"with these shapes, {d.Message}")));
        return model with { Graph = graph, Training = [] };
    }

    /// <summary>The model with other names.</summary>
    /// <param name="model">The model.</param>
    /// <param name="values">New names of inputs, outputs and other values, by their names; in bodies too.</param>
    /// <param name="nodes">New names of nodes, by their names; in bodies too.</param>
    /// <exception cref="ModelException">GP3028: nothing has a name, or two values would have the same one.</exception>
    public static Model Renamed(Model model, IReadOnlyDictionary<string, string> values, IReadOnlyDictionary<string, string> nodes)
    {
        if (values.Count + nodes.Count == 0) return model;
        HashSet<string> valueNames = [], nodeNames = [];
        Collect(model.Graph);
        Fail(values.Keys.Where(n => !valueNames.Contains(n)).Select(n => At(n, $"the model has no value of this name{NearNames.Hint(n, valueNames)}"))
            .Concat(nodes.Keys.Where(n => !nodeNames.Contains(n)).Select(n => At(n, $"the model has no node of this name{NearNames.Hint(n, nodeNames)}")))
            .Concat(values.Where(v => valueNames.Contains(v.Value) && !values.ContainsKey(v.Value))
                .Select(v => At(v.Key, $"the model already has a value '{v.Value}'")))
            .Concat(values.GroupBy(v => v.Value).Where(g => g.Count() > 1).Select(g => At(g.First().Key, $"two values would be named '{g.Key}'"))));
        return model with
        {
            Graph = new GraphCopy(DeclaredTypes.Instance, BuildScope.For(model.Graph))
            {
                NameOf = v => values.GetValueOrDefault(v.Name, v.Name),
                NameOfNode = n => nodes.GetValueOrDefault(n.Name, n.Name),
            }.Of(model.Graph),
            Training = [],
        };

        void Collect(Graph graph)
        {
            foreach (Value v in graph.Inputs.Concat(graph.Constants)) valueNames.Add(v.Name);
            foreach (Node node in graph.Nodes)
            {
                nodeNames.Add(node.Name);
                foreach (Value? v in node.Outputs)
                    if (v is not null) valueNames.Add(v.Name);
                foreach (Graph body in node.Attributes.Bodies()) Collect(body);
            }
        }
    }

    /// <summary>
    /// The model without some outputs and with other values as outputs, and without the nodes that nothing needs any more.
    /// </summary>
    /// <param name="model">The model.</param>
    /// <param name="dropped">Names of outputs that go.</param>
    /// <param name="added">Names of values of the main graph that become outputs.</param>
    /// <exception cref="ModelException">GP3028: there is no such output or value, or no output is left.</exception>
    public static Model WithOutputs(Model model, IReadOnlyCollection<string> dropped, IReadOnlyCollection<string> added)
    {
        if (dropped.Count + added.Count == 0) return model;
        var values = new Dictionary<string, Value>();
        foreach (Value v in model.Graph.Nodes.SelectMany(n => n.Outputs).OfType<Value>().Concat(model.Graph.Inputs))
            values.TryAdd(v.Name, v);
        string[] outputs = [.. model.Graph.Outputs.Select(v => v.Name)];
        Fail(dropped.Where(n => !outputs.Contains(n)).Select(n => At(n, $"the model has no such output{NearNames.Hint(n, outputs)}"))
            .Concat(added.Where(n => !values.ContainsKey(n)).Select(n => At(n, $"the model has no value of this name{NearNames.Hint(n, values.Keys)}")))
            .Concat(added.Where(outputs.Contains).Select(n => At(n, "it is an output already"))));
        Value[] left = [.. model.Graph.Outputs.Where(v => !dropped.Contains(v.Name)), .. added.Select(n => values[n])];
        if (left.Length == 0) throw CompilerCodes.BadEdit.Error("--drop-output", "no output would be left");
        Model other = model.WithOutputs(left);
        var context = new PassContext(other, OperatorTable.Default);
        return other with { Graph = new EliminateDeadNodes().Run(other.Graph, context) };
    }

    /// <summary>The element type and the rank, which do not depend on sizes.</summary>
    internal static IrType? Open(IrType type) => type is TensorType { Shape: { } shape } tensor
        ? tensor with { Shape = Shape.OfRank(shape.Rank) } : null;

    private static Diagnostic? At(string where, string message) => CompilerCodes.BadEdit.At(where, message);

    private static void Fail(IEnumerable<Diagnostic?> faults)
    {
        Diagnostic[] all = [.. faults.OfType<Diagnostic>()];
        if (all.Length > 0) throw new ModelException(all);
    }
}
