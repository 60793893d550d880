using GraphPartition.Compiler.Import;
using GraphPartition.Foundation;
using GraphPartition.Ir.Graphs;
using GraphPartition.Onnx.Reading;
using GraphPartition.Onnx.Writing;
using GraphPartition.Operators;
using Microsoft.ML.OnnxRuntime;
using Xunit;

namespace GraphPartition.Compiler.Tests.Unit;

/// <summary>
/// Nodes that no run can compute. ONNX Runtime refuses them, some only when they run; reading refuses them all, and no other.
/// </summary>
public sealed class ImpossibleNodeTests
{
    private const string Image = "x: f32[1,4,8,8]", Steps = "x: f32[4,2,3]", Data = "x: f32[4,2]";

    /// <summary>A node that runs, and what makes it impossible: other text in its place.</summary>
    [Theory]
    [InlineData(Image + ", w: f32[5,4,3,3]", "Conv(x, w) {kernel_shape = [3, 3]}", "[3, 3]", "[5, 5]")]
    [InlineData(Image + ", w: f32[6,2,3,3]", "Conv(x, w) {group = 2}", "w: f32[6", "w: f32[5")]
    [InlineData(Image + ", w: f32[5,4,3,3], b: f32[5]", "Conv(x, w, b)", "b: f32[5]", "b: f32[4]")]
    [InlineData(Image + ", w: f32[5,4,3,3]", "Conv(x, w) {auto_pad = \"VALID\"}", "VALID", "SAME")]
    [InlineData(Image + ", w: f32[4,2,3,3]", "ConvTranspose(x, w) {kernel_shape = [3, 3]}", "[3, 3]", "[3, 2]")]
    [InlineData(Image + ", w: f32[2,4,3,3], o: f32[1,18,6,6]", "DeformConv(x, w, o)", "o: f32[1,18", "o: f32[1,10")]
    [InlineData(Image, "MaxPool(x) {kernel_shape = [2, 2], pads = [1, 1, 1, 1]}", "[1, 1, 1, 1]", "[1, 1, 2, 1]")]
    [InlineData(Steps + ", w: f32[1,16,3], r: f32[1,16,4]", "LSTM(x, w, r) {hidden_size = 4}", "16,3]", "16,5]")]
    [InlineData(Steps + ", w: f32[1,16,3], r: f32[1,16,4]", "LSTM(x, w, r) {hidden_size = 4}", "_size = 4", "_size = 5")]
    [InlineData(Steps + ", w: f32[1,16,3], r: f32[1,16,4], b: f32[1,32]", "LSTM(x, w, r, b) {hidden_size = 4}", "32]", "16]")]
    [InlineData(Steps + ", w: f32[1,16,3], r: f32[1,16,4], h: f32[1,2,4]", "LSTM(x, w, r, _, _, h) {hidden_size = 4}", "h: f32[1,2", "h: f32[1,3")]
    [InlineData(Steps + ", w: f32[1,12,3], r: f32[1,12,4]", "GRU(x, w, r) {hidden_size = 4}", "r: f32[1,12,4]", "r: f32[1,9,4]")]
    [InlineData(Steps + ", w: f32[2,4,3], r: f32[2,4,4]", "RNN(x, w, r) {hidden_size = 4, direction = \"bidirectional\"}", "bidirectional", "reverse")]
    [InlineData(Data, "Gather(x, i)", "-4", "-5")]
    [InlineData(Data, "Gather(x, pairs) {axis = 1}", "0, 1, 1, 0", "0, 1, 1, 2")]
    [InlineData(Data + ", j: i64[2,2]", "GatherElements(x, j)", "j: i64[2,2]", "j: i64[2,3]")]
    [InlineData(Data, "GatherElements(x, pairs) {axis = 1}", "0, 1, 1, 0", "0, 1, 2, 0")]
    [InlineData(Data, "GatherND(x, pairs)", "0, 1, 1, 0", "0, 1, 1, 2")]
    [InlineData(Data + ", u: f32[2,2]", "ScatterElements(x, pairs, u)", "0, 1, 1, 0", "0, 4, 1, 0")]
    [InlineData(Data + ", u: f32[2,2]", "ScatterElements(x, pairs, u)", "u: f32[2,2]", "u: f32[2,1]")]
    [InlineData(Data + ", j: i64[1,1], u: f32[1,1]", "ScatterElements(x, j, u)", "j: i64[1,1], u: f32[1,1]", "j: i64[1], u: f32[1]")]
    [InlineData(Data + ", u: f32[2]", "ScatterND(x, pairs, u)", "u: f32[2]", "u: f32[3]")]
    [InlineData(Data + ", l: i64[2]", "ReverseSequence(x, l)", "l: i64[2]", "l: i64[4]")]
    [InlineData("x: f32[4,4]", "Det(x)", "4,4", "4,3")]
    [InlineData("x: f32[4,4]", "Trilu(x)", "4,4", "4")]
    [InlineData(Image + ", r: f32[2,4], b: i64[2]", "RoiAlign(x, r, b)", "b: i64[2]", "b: i64[3]")]
    [InlineData(Image + ", g: f32[1,3,3,2]", "GridSample(x, g)", "3,2]", "3,3]")]
    [InlineData("x: f32[1,5,4], s: f32[1,1,5]", "NonMaxSuppression(x, s)", "1,5]", "1,6]")]
    [InlineData(Image, "DepthToSpace(x) {blocksize = 2, mode = \"CRD\"}", "CRD", "CDR")]
    [InlineData(Data, "Slice(x, ones, ones, axes)", "axes: i64[2] = {0, 1}", "axes: i64[2] = {0, -2}")]
    [InlineData(Data + ", b: f32[2,3], c: f32[3]", "Gemm(x, b, c)", "c: f32[3]", "c: f32[4]")]
    [InlineData(Image + ", s: f32[4], b: f32[4]", "InstanceNormalization(x, s, b)", "s: f32[4]", "s: f32[5]")]
    [InlineData(Image + ", s: f32[4], b: f32[4]", "GroupNormalization(x, s, b) {num_groups = 2}", "groups = 2", "groups = 3")]
    [InlineData(Image + ", s: f32[8]", "LayerNormalization(x, s)", "s: f32[8]", "s: f32[5]")]
    [InlineData(Image, "LRN(x) {size = 3}", "size = 3", "size = 4")]
    [InlineData("x: i8[4,2], s: f32[4]", "DequantizeLinear(x, s) {axis = 0}", "s: f32[4]", "s: f32[3]")]
    [InlineData(Data, "Relu(x) {__note = 1}", "__note", "_note")]
    [InlineData(Data, "Softmax(x) {axis = 1}", "axis", "dim")]
    public void A_node_that_cannot_run_is_refused_when_read(string inputs, string node, string right, string wrong)
    {
        string text = $$"""
            graph g({{inputs}}) -> (y) {
              const i: i64[2] = {0, -4}
              const pairs: i64[2,2] = {0, 1, 1, 0}
              const ones: i64[2] = {1, 1}
              const axes: i64[2] = {0, 1}
              y = {{node}}
            }
            """;
        (string? ort, string? ours) = Refusals(text);
        Assert.Equal((null, null), (ort, ours));
        (ort, ours) = Refusals(text.Replace(right, wrong, StringComparison.Ordinal));
        Assert.NotNull(ort);
        Assert.NotNull(ours);
        Assert.Contains("remedy", ours, StringComparison.Ordinal);
    }

    [Fact]
    public void The_attributes_that_the_operator_has_are_named() => Assert.Contains(
        "GP2013 error: LRN '': 'alfa' is no attribute of LRN in opset 21; it has alpha, beta, bias, size",
        Refusals("graph g(x: f32[1,4,8,8]) -> (y) {\n  y = LRN(x) {size = 3, alfa = 0.1}\n}").Ours, StringComparison.Ordinal);

    /// <summary>A branch that never runs may hold anything that can be loaded.</summary>
    [Fact]
    public void A_branch_that_does_not_run_may_index_too_far() => Assert.Null(Refusals("""
        graph g(x: f32[4,2]) -> (y) {
          const never: bool[] = {false}
          y: f32[1,2] = If(never) {
            then_branch = graph t() -> (p) {
              const i: i64[1] = {9}
              p: f32[1,2] = Gather(x, i)
            },
            else_branch = graph e() -> (q) {
              const i: i64[1] = {3}
              q: f32[1,2] = Gather(x, i)
            }
          }
        }
        """).Ours);

    private static (string? Ort, string? Ours) Refusals(string text)
    {
        Model model = new(GraphParser.ParseGraph(text)) { Opsets = OpsetVersions.Standard(21) };
        byte[] bytes = OnnxWriter.ToBytes(model);
        string? ort = null, ours = null;
        try
        {
            Dictionary<string, DataValue> inputs = TestRun.Inputs(new Model(GraphParser.ParseGraph(text, OperatorTable.Default)).Graph);
            TestRun.RunPlain(bytes, inputs, optimize: false);
        }
        catch (OnnxRuntimeException e)
        {
            ort = e.Message;
        }
        using var folder = new TemporaryFolder();
        string path = folder.File("model.onnx");
        File.WriteAllBytes(path, bytes);
        try
        {
            ModelFile.Read(path, OperatorTable.Default);
        }
        catch (ModelException e)
        {
            ours = e.Message;
        }
        return (ort, ours);
    }
}
