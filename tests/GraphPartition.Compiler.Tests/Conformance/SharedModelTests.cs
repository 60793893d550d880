using System.Collections.Immutable;
using GraphPartition.CompiledModels;
using GraphPartition.Compiler.Import;
using GraphPartition.Compiler.Passes;
using GraphPartition.Compiler.Passes.BatchNorm;
using GraphPartition.Compiler.Passes.Infrastructure;
using GraphPartition.Compiler.Tagging;
using GraphPartition.Compiler.Tests.Support;
using GraphPartition.Ir.Graphs;
using GraphPartition.Ir.Tensors;
using GraphPartition.Onnx.Reading;
using GraphPartition.Onnx.TestData;
using GraphPartition.Onnx.Writing;
using GraphPartition.Operators;
using GraphPartition.Operators.TensorRt;
using GraphPartition.Runtime.Comparison;
using GraphPartition.Runtime.Ort;
using Xunit;

namespace GraphPartition.Compiler.Tests.Conformance;

/// <summary>Models of foreign exporters keep their outputs when all passes run.</summary>
public sealed class SharedModelTests
{
    public static TheoryData<string> Exported => [.. SharedModels.Exported];

    public static TheoryData<string> Light => [.. SharedModels.Light];

    [SharedTheory]
    [MemberData(nameof(Exported))]
    public void Exported_models_keep_their_outputs(string name)
    {
        string path = SharedModels.ModelOf(name);
        Model model = ModelFile.Read(path, OperatorTable.Default);
        TestDataSet set = TestDataSet.Read(SharedModels.DataOf(name), model.Graph);
        Dictionary<string, DataValue> inputs = set.Inputs.ToDictionary(i => i.Name, i => i.Value);
        DataValue[] expected = TestRun.RunPlain(File.ReadAllBytes(path), inputs);
        if (name == "ssdlite320") // it sorts scores, so a last digit decides which box comes first: weights must stay as they are
        {
            ImmutableArray<IGraphPass> exact = [.. ((FixedPoint)Pipeline.Standard.Passes[^1]).Passes.Where(
                p => p is not (FoldBatchNorm or FuseAffineIntoConv))];
            AssertKept(model, inputs, expected, new(0, 0), new Pipeline("exact", new FixedPoint(8, exact)));
        }
        else AssertKept(model, inputs, expected, name == "qat_qdq" ? new(1e-2, 1e-2) : new(1e-3, 1e-4));
    }

    [SharedTheory]
    [MemberData(nameof(Light))]
    public void Light_networks_keep_their_outputs(string name)
    {
        Model model = ModelFile.Read(Path.Combine(OutsideFolders.SharedModels, "onnx-light", name + ".onnx"), OperatorTable.Default);
        Value input = Assert.Single(model.Graph.Inputs);
        long[] dims = [.. input.Shape!.Dims.Select(d => d.Size)];
        int n = (int)TensorData.CountOf([.. dims]);
        float[] ramp = [.. Enumerable.Range(0, n).Select(i => (float)((double)i / n))];
        var inputs = new Dictionary<string, DataValue> { [input.Name] = TensorData.Floats(ramp, dims) };
        DataValue expected = TestDataSet.ReadValue(
            Path.Combine(OutsideFolders.SharedModels, "onnx-light", name + "_output_0.pb"), model.Graph.Outputs[0].Type);
        AssertKept(model, inputs, [expected], new(1e-4, 1e-5));
    }

    private static void AssertKept(Model model, Dictionary<string, DataValue> inputs, DataValue[] expected, Tolerance tolerance,
        Pipeline? pipeline = null)
    {
        PassRun run = PassRun.Of(model, pipeline ?? Pipeline.Standard);
        Assert.Equal(model.Graph.Outputs.Select(v => v.Name), run.Graph.Outputs.Select(v => v.Name));
        Assert.Empty(run.Context.Scope.Diagnostics);
        if (pipeline is null) Assert.Empty(run.Graph.Nodes.Where(n => IsBehindConvolution(n, run.Graph)));
        AssertClose(expected, TestRun.RunPlain(OnnxWriter.ToBytes(run.Model), inputs), tolerance);

        if (pipeline is not null) return; // where the last digit decides, a partition changes results too
        SupportPolicy support = SupportPolicy.Parse("random:1:0.5", OperatorTable.Default, TensorRtTarget.Default);
        var options = new CompileOptions { Evaluator = new OrtConstantEvaluator(), SupportPolicy = support };
        CompiledModel compiled = new ModelCompiler(OperatorTable.Default, options).Plan(model).ToCompiledModel();
        AssertClose(expected, TestRun.Run(compiled, inputs, keepGroups: true), tolerance);
    }

    private static bool IsBehindConvolution(Node node, Graph graph) =>
        node.Op.Is("BatchNormalization") && graph.Uses.ProducerOf(node.Input(0)!) is >= 0 and var before
        && graph.Nodes[before].Op.Type is "Conv" or "ConvTranspose";

    private static void AssertClose(DataValue[] expected, DataValue[] actual, Tolerance tolerance)
    {
        Assert.Equal(expected.Length, actual.Length);
        for (int i = 0; i < expected.Length; i++)
        {
            string? fault = ValueDifference.Between(expected[i], actual[i], tolerance).Fault;
            Assert.True(fault is null, $"output {i}: {fault}");
        }
    }
}
