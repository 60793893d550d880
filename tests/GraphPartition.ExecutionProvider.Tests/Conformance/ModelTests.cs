using System.Text.Json;
using GraphPartition.Compiler.Import;
using GraphPartition.ExecutionProvider.Tests.Support;
using GraphPartition.Ir.Graphs;
using GraphPartition.Onnx.Reading;
using GraphPartition.Onnx.TestData;
using GraphPartition.Operators;

namespace GraphPartition.ExecutionProvider.Tests.Conformance;

/// <summary>Models of other tools, in ONNX Runtime with the provider first: whole, as TensorRT would get them, and cut at random.</summary>
[Collection("host")]
public sealed class ModelTests
{
    public static TheoryData<string> Models => [.. Files()];

    [PluginModelTheory]
    [MemberData(nameof(Models))]
    public void A_model_gives_the_numbers_of_ONNX_Runtime(string name)
    {
        string folder = Path.Combine(OutsideFolders.SharedModels, name), path = Path.Combine(folder, "model.onnx");
        Model model = ModelFile.Read(path, OperatorTable.Default);
        Dictionary<string, DataValue> inputs = TestDataSet.Read(Path.Combine(folder, "test_data_set_0"), model.Graph).Inputs
            .ToDictionary(i => i.Name, i => i.Value);
        DataValue[] expected = Host.RunPlain(path, inputs);
        foreach (string support in (string[])["table", "all", "random:7:0.5"])
        {
            using var plan = new TemporaryFolder();
            Host.TakeLines();
            DataValue[] actual = Host.Run(path, inputs, ("support", support), ("report", plan.File("plan.json")));
            string[] lines = Host.TakeLines();
            Assert.Null(TestRun.Difference(expected, actual));
            Assert.DoesNotContain(lines, l => l.Contains("GP5103", StringComparison.Ordinal) || l.Contains("GP5104", StringComparison.Ordinal));
            Assert.DoesNotContain(lines, l => l.StartsWith('3') && l.Contains(Host.Provider, StringComparison.Ordinal));
            using JsonDocument report = JsonDocument.Parse(File.ReadAllText(plan.File("plan.json")));
            Assert.Equal("graphpartition.plan/1", report.RootElement.GetProperty("format").GetString());
        }
    }

    private static IEnumerable<string> Files()
    {
        foreach (string kind in (string[])["exported", "real", "converted"])
            if (Path.Combine(OutsideFolders.SharedModels, kind) is var folder && Directory.Exists(folder))
                foreach (string model in Directory.GetDirectories(folder).Order(StringComparer.Ordinal))
                    if (File.Exists(Path.Combine(model, "model.onnx")) && Directory.Exists(Path.Combine(model, "test_data_set_0")))
                        yield return $"{kind}/{Path.GetFileName(model)}";
    }
}
