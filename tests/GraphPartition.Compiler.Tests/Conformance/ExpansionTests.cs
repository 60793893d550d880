using System.IO.Compression;
using GraphPartition.Compiler.Import;
using GraphPartition.Compiler.Import.Opsets;
using GraphPartition.Compiler.Tests.Support;
using GraphPartition.Foundation;
using GraphPartition.Ir.Graphs;
using GraphPartition.Onnx.Reading;
using GraphPartition.Onnx.TestData;
using GraphPartition.Onnx.Writing;
using GraphPartition.Operators;
using Microsoft.ML.OnnxRuntime;
using Xunit;
using Xunit.Abstractions;

namespace GraphPartition.Compiler.Tests.Conformance;

/// <summary>
/// Every function body against ONNX's own tests of its operator: each node that has a body is expanded, and ONNX Runtime computes the
/// outputs that the test expects.
/// </summary>
public sealed class ExpansionTests(ITestOutputHelper log)
{
    [BackendFact]
    public void Bodies_compute_what_the_backend_tests_expect() => Check(
        Directory.EnumerateDirectories(OutsideFolders.BackendTests).SelectMany(Directory.EnumerateDirectories),
        "Celu", "ConvInteger", "DequantizeLinear", "DynamicQuantizeLinear", "Einsum", "GRU", "HardSwish", "LSTM", "LayerNormalization",
        "MatMulInteger", "MeanVarianceNormalization", "NegativeLogLikelihoodLoss", "QLinearConv", "QLinearMatMul", "QuantizeLinear", "RNN",
        "SoftmaxCrossEntropyLoss");

    [SharedFact("models/onnx-node-1.23.zip")]
    public void Bodies_compute_what_newer_backend_tests_expect()
    {
        using var folder = new TemporaryFolder();
        ZipFile.ExtractToDirectory(Path.Combine(OutsideFolders.SharedModels, "onnx-node-1.23.zip"), folder.Path);
        Check(Directory.EnumerateDirectories(folder.Path), "Attention", "Gelu", "RMSNormalization", "RotaryEmbedding");
    }

    private void Check(IEnumerable<string> directories, params string[] mustExpand)
    {
        List<string> faults = [], reasons = [];
        Dictionary<string, int> expanded = [];
        foreach (string directory in directories.Order(StringComparer.Ordinal))
        {
            string path = Path.Combine(directory, "model.onnx"), set = Path.Combine(directory, "test_data_set_0");
            string name = Path.GetFileName(directory);
            if (!File.Exists(path) || !Directory.Exists(set)) continue;
            Model model;
            TestDataSet data;
            try
            {
                model = ModelFile.Read(path, OperatorTable.Default);
                data = TestDataSet.Read(set, model.Graph);
            }
            catch (ModelException)
            {
                continue; // what the importer refuses has tests of its own
            }
            HashSet<Node> lacking = [.. model.Graph.Nodes.Where(n => OperatorTable.Default.Find(n.Op)?.Definition.Body is not null)];
            if (lacking.Count == 0) continue;
            var (after, context) = new Lacking(lacking.Contains).Expand(model);
            reasons.AddRange(context.Refusals.Select(r => $"{name}: {r.Reason}"));
            foreach (var e in context.Expansions) expanded[e.Op.Type] = expanded.GetValueOrDefault(e.Op.Type) + 1;
            if (context.Expansions.Count == 0) continue;
            Dictionary<string, DataValue> inputs = data.Inputs.ToDictionary(i => i.Name, i => i.Value);
            DataValue[] results;
            try
            {
                results = TestRun.RunPlain(OnnxWriter.ToBytes(OpsetExport.Lowest(after)), inputs);
            }
            catch (OnnxRuntimeException e)
            {
                // Its CPU kernels lack some types, bf16 above all; but it must accept the graph.
                if (!e.Message.Contains("NotImplemented", StringComparison.Ordinal)) faults.Add($"{name}: {e.Message}");
                continue;
            }
            DataValue[] expected = [.. after.Graph.Outputs.Select(o => data.Outputs.First(x => x.Name == o.Name).Value)];
            if (TestRun.Difference(expected, results) is { } difference) faults.Add($"{name}: {difference}");
        }
        foreach (string reason in reasons) log.WriteLine(reason);
        foreach (var (op, count) in expanded) log.WriteLine($"{op}: {count} expanded");
        Assert.True(faults.Count == 0, string.Join("\n", faults));
        Assert.Empty(mustExpand.Except(expanded.Keys));
    }
}
