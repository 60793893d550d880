using GraphPartition.Foundation;
using GraphPartition.Ir.Graphs;
using GraphPartition.Ir.Types;
using GraphPartition.Onnx.Reading;
using GraphPartition.Operators.Solving;
using Xunit;
using Xunit.Abstractions;

namespace GraphPartition.Operators.Tests.Conformance;

/// <summary>
/// Types by both directions against truth: in models of which no inner type is declared, a random fifth of the nodes becomes an operator
/// that nobody knows, and what is concluded must be what the whole model has there. <see cref="BackendInferenceTests"/> and
/// <see cref="IntermediateValueTests"/> compare the types of the whole models with what ONNX Runtime computes.
/// </summary>
public sealed class HiddenTypeTests(ITestOutputHelper log)
{
    private const double ShareHidden = 0.2;
    private static readonly OpName Hidden = new("test.hidden", "Hidden");

    [BackendFact]
    public void In_backend_tests() => Check(OutsideFolders.Models(OutsideFolders.BackendTests), draws: 3);

    [SharedFact("models")]
    public void In_shared_models() => Check(OutsideFolders.Models(OutsideFolders.SharedModels), draws: 3);

    private void Check(IEnumerable<string> files, int draws)
    {
        int models = 0, open = 0, elements = 0, ranks = 0;
        List<string> wrong = [];
        foreach (string file in files)
        {
            if (Read(file) is not { } graph) continue;
            models++;
            for (int draw = 0; draw < draws; draw++)
            {
                var random = new Random(draw * 7919 + graph.Nodes.Length);
                var scope = new BuildScope();
                Graph hidden = new Hiding(scope, random).Of(graph);
                (Graph solved, var diagnostics) = TypeSolver.Solve(hidden, OperatorTable.Default);
                if (GraphVerifier.FindFault(solved) is { } fault) wrong.Add($"{file}: {fault}");
                wrong.AddRange(diagnostics.Where(d => d.Code.Severity == Severity.Error).Select(d => $"{file}: {d}"));
                foreach (var (truth, before, after) in Values(graph).Zip(Values(hidden), Values(solved)))
                {
                    if (!IsOpen(before.Type)) continue;
                    open++;
                    if (before.ElementType == ElementType.Undefined && after.ElementType != ElementType.Undefined) elements++;
                    if (before.Shape is null && after.Shape is not null) ranks++;
                    if (IrType.Merge(truth.Type, after.Type) is null) wrong.Add($"{file} ({draw}): {after}, in truth {truth.Type}");
                }
            }
        }
        log.WriteLine($"{models} models, {open} values whose type was hidden; found were {elements} element types and {ranks} ranks");
        Assert.True(wrong.Count == 0, string.Join("\n", wrong.Take(50)));
        Assert.True(models > 30 && elements > open / 4 && ranks > open / 12);
    }

    /// <summary>The graph with all that inference and the file know; null where the importer refuses the file.</summary>
    private static Graph? Read(string file)
    {
        try
        {
            return OnnxReader.Read(file, new OnnxReadOptions { Rules = OperatorTable.Default }).Graph;
        }
        catch (ModelException)
        {
            return null;
        }
    }

    private static bool IsOpen(IrType type) =>
        type is UnknownType or TensorType { Element: ElementType.Undefined } or TensorType { Shape: null };

    private static IEnumerable<Value> Values(Graph graph) => graph.Nodes.SelectMany(n =>
        n.Outputs.OfType<Value>().Concat(n.Attributes.Bodies().SelectMany(Values)));

    /// <summary>A copy in which only outputs of the main graph have declared types, and some nodes an unknown operator.</summary>
    private sealed class Hiding(BuildScope scope, Random random)
    {
        private readonly Dictionary<Value, Value> _map = [];

        public Graph Of(Graph graph, bool isBody = false)
        {
            var builder = new GraphBuilder(OperatorTable.Default, scope) { Name = graph.Name };
            foreach (Value v in graph.Constants) builder.Constant(v);
            foreach (Value v in graph.Inputs) builder.Input(v, graph.Defaults.GetValueOrDefault(v));
            foreach (Node node in graph.Nodes)
            {
                bool isHidden = random.NextDouble() < ShareHidden;
                AttributeMap attributes = node.Attributes.MapBodies(b => Of(b, isBody: true));
                OutputSpec[] outputs = [.. node.Outputs.Select(o => new OutputSpec(o?.Name,
                    o is not null && !isBody && graph.Outputs.Contains(o) ? o.Type : null))];
                Node copy = builder.Add(isHidden ? Hidden : node.Op, [.. node.Inputs.Select(i => i is null ? null : Map(i))], outputs,
                    attributes, node.Name, isHidden ? 0 : node.Version);
                for (int i = 0; i < outputs.Length; i++)
                    if (node.Outputs[i] is { } old) _map[old] = copy.Outputs[i]!;
            }
            return builder.Build([.. graph.Outputs.Select(Map)]);
        }

        private Value Map(Value value) => _map.GetValueOrDefault(value, value);
    }
}
