using GraphPartition.Compiler.Passes;
using GraphPartition.Compiler.Tests.Support;
using GraphPartition.Foundation;
using GraphPartition.Ir.Graphs;
using GraphPartition.Ir.Rewriting;
using GraphPartition.Onnx.Reading;
using GraphPartition.Onnx.TestData;
using GraphPartition.Onnx.Writing;
using GraphPartition.Operators;
using Xunit;
using Xunit.Abstractions;

namespace GraphPartition.Compiler.Tests.Conformance;

/// <summary>Passes keep the outputs of ONNX's backend tests, with inputs as inputs and with inputs as constants.</summary>
public sealed class BackendTests(ITestOutputHelper log)
{
    [BackendFact]
    public void Results_are_kept()
    {
        int ran = 0, folded = 0, skipped = 0;
        List<string> faults = [];
        foreach (string directory in Directory.EnumerateDirectories(OutsideFolders.BackendTests).SelectMany(Directory.EnumerateDirectories)
            .Order(StringComparer.Ordinal))
        {
            string path = Path.Combine(directory, "model.onnx"), set = Path.Combine(directory, "test_data_set_0");
            if (!File.Exists(path) || !Directory.Exists(set)) continue;
            Dictionary<string, DataValue> inputs;
            DataValue[] expected;
            Model model;
            try
            {
                model = OnnxReader.Read(path, new OnnxReadOptions { Rules = OperatorTable.Default });
                inputs = TestDataSet.Read(set, model.Graph).Inputs.ToDictionary(i => i.Name, i => i.Value);
                expected = TestRun.RunPlain(File.ReadAllBytes(path), inputs);
            }
            catch (Exception e) when (e is not (InternalCompilerException or NullReferenceException))
            {
                skipped++; // what ONNX Runtime does not run cannot be compared
                continue;
            }
            ran++;
            string name = Path.GetFileName(directory);
            if (Difference(model, inputs, expected) is { } plain) faults.Add($"{name}: {plain}");
            if (Bound(model, inputs) is not { } bound) continue;
            folded++;
            if (Difference(bound, [], expected) is { } constant) faults.Add($"{name} with constant inputs: {constant}");
        }
        log.WriteLine($"{ran} models ran, {folded} also with constant inputs, {skipped} do not run in ONNX Runtime");
        Assert.True(faults.Count == 0, string.Join("\n", faults));
    }

    private static string? Difference(Model model, Dictionary<string, DataValue> inputs, DataValue[] expected)
    {
        try
        {
            PassRun run = PassRun.Of(model, Pipeline.Standard);
            return IsRandom(model.Graph) ? null : TestRun.Difference(expected, TestRun.RunPlain(OnnxWriter.ToBytes(run.Model), inputs));
        }
        catch (Exception e)
        {
            return e.Message;
        }
    }

    private static bool IsRandom(Graph graph) =>
        graph.Nodes.Any(n => n.Op.Type.Contains("Random", StringComparison.Ordinal) || n.Op.Type is "Bernoulli" or "Multinomial"
            or "Dropout");

    /// <summary>The model with its inputs as constants; null where one of them is not a tensor.</summary>
    private static Model? Bound(Model model, Dictionary<string, DataValue> inputs)
    {
        var builder = new GraphBuilder(OperatorTable.Default) { Name = model.Graph.Name };
        var map = new Dictionary<Value, Value>();
        foreach (Value input in model.Graph.Inputs)
            if (inputs.GetValueOrDefault(input.Name) is TensorValue v) map[input] = builder.Constant(input.Name, v.Data);
            else return null;
        if (model.Graph.Outputs.Any(map.ContainsKey) || map.Count == 0) return null;
        foreach (Value constant in model.Graph.Constants) builder.Constant(constant);
        var substitution = new Substitution(map);
        foreach (Node node in model.Graph.Nodes) substitution.Append(builder, node);
        return model with { Graph = builder.Build(model.Graph.Outputs.AsSpan()) };
    }
}
