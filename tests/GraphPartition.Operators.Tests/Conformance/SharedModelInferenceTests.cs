using GraphPartition.Foundation;
using GraphPartition.Ir.Graphs;
using GraphPartition.Ir.Types;
using GraphPartition.Onnx.Reading;
using GraphPartition.Operators.Tests.Support;
using Xunit;
using Xunit.Abstractions;

namespace GraphPartition.Operators.Tests.Conformance;

/// <summary>Inference on exported models: every value of a known type, ranks known except behind data-dependent operators.</summary>
public sealed class SharedModelInferenceTests(ITestOutputHelper log)
{
    [SharedFact("models")]
    public void Every_value_of_every_model_has_a_type_without_contradictions()
    {
        List<string> unknown = [];
        foreach (string file in OutsideFolders.WellFormedModels)
        {
            Model declared = OnnxReader.Read(file);
            var scope = new BuildScope();
            Graph graph = new Retyping(OperatorTable.Default, scope).Of(declared.Graph);
            int values = 0, ranks = 0, complete = 0, byDeclaration = 0;
            var known = Values(declared.Graph).ToDictionary(v => v.Name, v => v.Type);
            foreach (Value value in Values(graph))
            {
                values++;
                if (value.Type is TensorType { Shape: null } or UnknownType)
                {
                    ranks++;
                    unknown.Add($"{Path.GetFileName(Path.GetDirectoryName(file))}: {value}");
                }
                else if (value.Shape is { } s && s.All(d => !d.IsUnknown)) complete++;
                if (known[value.Name] is not UnknownType) byDeclaration++;
                Assert.False(IrType.Merge(value.Type, known[value.Name]) is null, $"{file}: {value} is declared as {known[value.Name]}");
            }
            log.WriteLine(
                $"{Path.GetRelativePath(OutsideFolders.Shared, file)}: opset {declared.Opsets[""]}, {values} values, {byDeclaration} declared, {ranks} of unknown rank, {complete} complete");
            foreach (Diagnostic d in scope.Diagnostics) log.WriteLine(d.ToString());
            Assert.Empty(scope.Diagnostics);
        }
        Assert.True(unknown.Count == 0, string.Join("\n", unknown)); // not even behind data-dependent operators: these know their rank
    }

    private static IEnumerable<Value> Values(Graph graph) =>
        graph.Nodes.SelectMany(n => n.Outputs.Where(o => o is not null).Select(o => o!).Concat(n.Attributes.Bodies().SelectMany(Values)));
}
