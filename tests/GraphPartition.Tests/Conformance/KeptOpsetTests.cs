using GraphPartition.CompiledModels;
using GraphPartition.Compiler;
using GraphPartition.Compiler.Import.Opsets;
using GraphPartition.Compiler.Tagging;
using GraphPartition.Foundation;
using GraphPartition.Ir.Graphs;
using GraphPartition.Ir.Tensors;
using GraphPartition.Onnx.Reading;
using GraphPartition.Onnx.Writing;
using GraphPartition.Operators;
using GraphPartition.Operators.TensorRt;
using GraphPartition.Runtime.Ort;
using Xunit;

namespace GraphPartition.Tests.Conformance;

/// <summary>
/// Nodes that no newer opset can express: the model is planned, they fall back with the reason; it runs where a file can be written in
/// an opset that has them (13 and later), and is refused with node and reason where not.
/// </summary>
public class KeptOpsetTests
{
    [Fact]
    public void A_kept_node_runs_next_to_engines()
    {
        // Opset 18 scales groups; since 21 channels are scaled, and how many there are is not known here.
        byte[] bytes = Written(18, """
            graph g(x: f32[1,C,3]) -> (y) {
              const s: f32[2] = {1.5, 2.5}
              const b: f32[2] = {0.5, -0.5}
              a: f32[1,C,3] = Abs(x)
              n: f32[1,C,3] = GroupNormalization(a, s, b) {num_groups = 2} "kept"
              y: f32[1,C,3] = Relu(n)
            }
            """);
        Compilation planned = Plan(bytes);
        Assert.Contains(planned.Model.Graph.Nodes, n => n.Version == 18);
        Assert.Equal(2, planned.Plan.Partitioning.EngineCount);
        Assert.Contains(planned.Plan.Placements, p => p.Rule == "kept-opset");
        CompiledModel compiled = planned.ToCompiledModel();
        Assert.Equal(18, compiled.Model.Opsets[""]);
        var inputs = new Dictionary<string, DataValue>
        {
            ["x"] = new TensorValue(TensorData.Of<float>(ElementType.Float32, [1, -2, 3, 4, 5, -7, 1, 0, 2, 8, 6, 5], [1, 4, 3])),
        };
        DataValue[] expected = TestRun.RunPlain(bytes, inputs);
        foreach (bool keepGroups in (bool[])[false, true])
            Assert.Null(TestRun.Difference(expected, TestRun.Run(compiled, inputs, keepGroups)));
    }

    [Fact]
    public void A_kept_node_of_an_opset_that_cannot_be_written_is_refused_by_name()
    {
        // In training mode the mean is a result too, and no newer opset has the means of positions.
        Compilation planned = Plan(Written(8, """
            graph g(x: f32[1,3,4]) -> (y, m) {
              const s: f32[3,4] = {1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0}
              a: f32[1,3,4] = Abs(x)
              y: f32[1,3,4], m: f32[3,4] = BatchNormalization(a, s, s, s, s) {spatial = 0} "positions"
            }
            """));
        Assert.Equal("GP3017", Assert.Single(planned.Diagnostics).Code.Id);
        Diagnostic fault = Assert.Throws<ModelException>(() => planned.ToCompiledModel()).Diagnostics[0];
        Assert.Equal("GP1012", fault.Code.Id);
        Assert.Contains("positions", fault.Where, StringComparison.Ordinal);
        Assert.Contains("it keeps the meaning of opset 8, because opset 9 cannot express it", fault.Message, StringComparison.Ordinal);
    }

    private static byte[] Written(int opset, string graph) =>
        OnnxWriter.ToBytes(GraphParser.ParseModel($"model {{\n  opset {opset}\n}}\n{graph}"));

    private static Compilation Plan(byte[] bytes)
    {
        Model model = OnnxReader.Read(bytes, new() { Rules = OperatorTable.Default, Normalizer = OpsetNormalizer.Instance });
        return new ModelCompiler(OperatorTable.Default,
            new()
            {
                SupportPolicy = new TableSupport(OperatorTable.Default, TensorRtTarget.Default),
                Evaluator = new OrtConstantEvaluator()
            }).Plan(model);
    }
}
