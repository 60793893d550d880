using GraphPartition.Compiler.Import.Opsets;
using GraphPartition.Foundation;
using GraphPartition.Ir.Graphs;
using GraphPartition.Ir.Text;
using GraphPartition.Onnx.Reading;
using GraphPartition.Onnx.Writing;
using GraphPartition.Operators;
using GraphPartition.Operators.Families;
using GraphPartition.Operators.Schemas;

namespace GraphPartition.Onnx.Tests.Unit;

/// <summary>The table of opset changes, read forwards at import and backwards at export.</summary>
public class OpsetTests
{
    [Theory]
    // attributes became inputs
    [InlineData(11, "y = Squeeze(x) {axes = [0]}", "const v0: i64[1] = {0}; y: f32[3,4] = Squeeze(x, v0)")]
    [InlineData(13, "y = ReduceMean(x) {axes = [1], keepdims = 0}",
        "const v0: i64[1] = {1}; y: f32[1,4] = ReduceMean(x, v0) {keepdims = 0}")]
    [InlineData(9, "y = Slice(x) {starts = [1], ends = [2], axes = [1]}",
        "const v0: i64[1] = {1}; const v1: i64[1] = {2}; const v2: i64[1] = {1}; y: f32[1,1,4] = Slice(x, v0, v1, v2)")]
    [InlineData(9, "y, z = TopK(x) {k = 2}", "const v0: i64[1] = {2}; y: f32[1,3,2], z: i64[1,3,2] = TopK(x, v0)")]
    [InlineData(10, "y = Clip(x) {min = 0.0}", "const v0: f32[] = {0.0}; y: f32[1,3,4] = Clip(x, v0)")]
    [InlineData(10, "y = Clip(x) {max = 6.0}", "const v0: f32[] = {6.0}; y: f32[1,3,4] = Clip(x, _, v0)")]
    [InlineData(9, "y = Pad(x) {pads = [0, 0, 1, 0, 0, 1], value = 2.0}",
        "const v0: i64[6] = {0, 0, 1, 0, 0, 1}; const v1: f32[] = {2.0}; y: f32[1,3,6] = Pad(x, v0, v1)")]
    [InlineData(11, "a, b = Split(x) {axis = 2}", "a: f32[1,3,2], b: f32[1,3,2] = Split(x) {axis = 2, num_outputs = 2}")]
    [InlineData(11, "y = Dropout(x) {ratio = 0.25}", "const v0: f32[] = {0.25}; y: f32[1,3,4] = Dropout(x, v0)")]
    // replaced
    [InlineData(7, "y = Upsample(x) {scales = [1.0, 1.0, 2.0]}",
        "const v0: f32[3] = {1.0, 1.0, 2.0}; y: f32[1,3,8] = Resize(x, _, v0) {coordinate_transformation_mode = \"asymmetric\", nearest_mode = \"floor\"}")]
    [InlineData(10, "y = Scatter(x, i, x) {axis = 1}", "y: f32[1,3,4] = ScatterElements(x, i, x) {axis = 1}")]
    // meanings
    [InlineData(11, "y = Softmax(x) {axis = 2}", "y: f32[1,3,4] = Softmax(x) {axis = 2}")]
    [InlineData(15, "y = RoiAlign(x, x, i)",
        "y: f32[1,3,1,1] = RoiAlign(x, x, i) {coordinate_transformation_mode = \"output_half_pixel\"}")]
    [InlineData(19, "y = DFT(x)", "const v0: i64[] = {1}; y: f32[1,3,4] = DFT(x, _, v0)")]
    // old forms that no new version can express
    [InlineData(9, "y = BatchNormalization(x, x, x, x, x)", "y: f32[1,3,4] = BatchNormalization(x, x, x, x, x)")]
    [InlineData(9, "y, z = BatchNormalization(x, x, x, x, x)", "y: f32[1,3,4], z: f32[4] = BatchNormalization@9(x, x, x, x, x)")]
    [InlineData(8, "y = BatchNormalization(x, x, x, x, x) {spatial = 0}",
        "const v0: f32[] = {1E-05}; v1 = Add(x, v0); v2 = Sqrt(v1); v3 = Sub(x, x); v4 = Div(v3, v2); v5 = Mul(v4, x); y = Add(v5, x)")]
    [InlineData(8, "y, m = BatchNormalization(x, x, x, x, x) {spatial = 0}",
        "y: f32[1,3,4], m: f32[?] = BatchNormalization@8(x, x, x, x, x) {spatial = 0}")]
    public void Import_expresses_old_operators_in_new_ones(int opset, string node, string expected)
    {
        string text = GraphPrinter.Print(Import(opset, node).Graph);
        string body = string.Join("; ", text.Split('\n').Skip(1).SkipLast(2).Select(l => l.Trim()));
        Assert.Equal(WithoutTypes(expected), WithoutTypes(body));
    }

    [Fact]
    public void Softmax_over_several_dimensions_is_flattened() => Assert.Equal("""
        graph g(x: f32[1,3,4], i: i64[1]) -> () {
          v0: i64[3] = Shape(x)
          v1: f32[1,12] = Flatten(x) {axis = 1}
          v2: f32[1,12] = Softmax(v1) {axis = -1}
          y: f32[1,3,4] = Reshape(v2, v0)
        }

        """, GraphPrinter.Print(Import(11, "y = Softmax(x)").Graph));

    [Theory]
    [InlineData(7, "Add(x, x) {broadcast = 1, axis = 0}", true)]
    [InlineData(6, "Relu(x) {consumed_inputs = [0]}", true)]
    [InlineData(6, "BatchNormalization(x, x, x, x, x)", false)] // trains
    [InlineData(5, "Tile(x, x, x)", false)]
    public void Opsets_before_7_are_read_where_operators_allow(int opset, string node, bool read)
    {
        if (read) Import(opset, "y = " + node);
        else Assert.Equal("GP1003", Assert.Throws<ModelException>(() => Import(opset, "y = " + node)).Diagnostics[^1].Code.Id);
    }

    [Theory]
    [InlineData(18, 17, "y = ReduceMax(x, c)", "y = ReduceMax(x) {axes = [1]}")]
    [InlineData(20, 17, "y = DFT(x)", "y = DFT(x) {axis = -2}")]
    [InlineData(20, 16, "y = GridSample(x, x)", "y = GridSample(x, x) {mode = \"bilinear\"}")]
    [InlineData(18, 17, "a, b = Split(x) {axis = 2, num_outputs = 2}", "a, b = Split(x) {axis = 2}")]
    [InlineData(15, 13, "y = Shape(x) {start = 1}", "v3 = Shape(x); y = Slice(v3, v0, v1, v2)")]
    [InlineData(19, 18, "y = AveragePool(x) {kernel_shape = [1], dilations = [1]}", "y = AveragePool(x) {kernel_shape = [1]}")]
    [InlineData(14, 13, "y = Reshape(x, i) {allowzero = 0}", "y = Reshape(x, i)")]
    [InlineData(18, 13, "y = ReduceSum(x, c)", "y = ReduceSum(x, c)")]
    public void Export_expresses_new_operators_in_old_ones(int from, int to, string node, string expected)
    {
        Model lowered = OpsetExport.At(Import(from, node), to);
        Assert.Equal(to, lowered.Opsets[""]);
        string text = GraphPrinter.Print(lowered.Graph);
        string body = string.Join("; ", text.Split('\n').Skip(1).SkipLast(2).Select(l => l.Trim())
            .Where(l => !l.StartsWith("const", StringComparison.Ordinal)));
        Assert.Equal(expected, WithoutTypes(body));
    }

    [Theory]
    [InlineData(14, 13, "y = HardSwish(x)", "the operator is new in opset 14")]
    [InlineData(14, 13, "y = Reshape(x, i) {allowzero = 1}", "allowzero = 1")]
    [InlineData(18, 17, "y = ReduceMax(x, i)", "the axes are computed")]
    [InlineData(18, 17, "y = ReduceMax(x) {noop_with_empty_axes = 1}", "noop_with_empty_axes = 1")]
    [InlineData(18, 16, "y = ScatterND(x, i, x) {reduction = \"max\"}", "reduction = \"max\"")]
    [InlineData(16, 15, "y = RoiAlign(x, x, i)", "coordinate_transformation_mode = \"half_pixel\"")]
    [InlineData(20, 19, "y = ReduceMax(b)", "input 'data' cannot be bool[2]")]
    public void Export_refuses_what_the_opset_cannot_express(int from, int to, string node, string reason)
    {
        Model model = Import(from, node);
        Diagnostic fault = Assert.Throws<ModelException>(() => OpsetExport.At(model, to)).Diagnostics[0];
        Assert.Equal("GP1012", fault.Code.Id);
        Assert.EndsWith(reason, fault.Message);
        Assert.True(OpsetExport.Lowest(model).Opsets[""] >= from);
    }

    [Fact]
    public void Only_opsets_that_can_be_written() =>
        Assert.Equal("GP1003", Assert.Throws<ModelException>(() => OpsetExport.At(Import(17, "y = Relu(x)"), 12)).Diagnostics[0].Code.Id);

    [Fact]
    public void Bodies_are_copied_with_their_nodes()
    {
        Model model =
            Import(11, "y = If(i) {else_branch = graph e() -> (a) {\n a = Squeeze(x) {axes = [0]}\n}, then_branch = graph t() -> (a) {\n a = Abs(x)\n}}");
        Graph branch = model.Graph.Nodes[0].Attributes.Body("else_branch")!;
        Assert.Equal(2, branch.Nodes[0].Inputs.Length);
        Assert.Null(GraphVerifier.FindFault(OpsetExport.At(model, 13).Graph));
    }

    [Fact]
    public void Every_row_is_of_a_version_that_there_is() => Assert.All(OperatorDefinitions.All, op =>
        Assert.All(op.Opsets, change => Assert.Contains(OperatorSchemas.Default.Versions(op.Name), v => v.Since == change.Since)));

    private static Model Import(int opset, string node)
    {
        string text =
            $"model {{\n opset {opset}\n}}\ngraph g(x: f32[1,3,4], i: i64[1]{(node.Contains("(b)") ? ", b: bool[2]" : "")}) -> () {{\n"
            + (node.Contains(", c)") ? "const c: i64[1] = {1}\n" : "") + node + "\n}";
        return OnnxReader.Read(OnnxWriter.ToBytes(GraphParser.ParseModel(text)),
            new() { Rules = new Quiet(), Normalizer = OpsetNormalizer.Instance });
    }

    /// <summary>The operators' types without their objections: inputs here are whatever is at hand.</summary>
    private sealed class Quiet : IOperatorRules
    {
        public void Infer(NodeInference node)
        {
            if (node.Op.Type is "Shape" or "Flatten" or "Softmax" or "Reshape" or "Clip" or "Pad" or "Squeeze")
                OperatorTable.Default.Infer(node);
        }
    }

    private static string WithoutTypes(string text) =>
        System.Text.RegularExpressions.Regex.Replace(text, @"(?<!const \w+): \w+\[[^\]]*\]", "");
}
