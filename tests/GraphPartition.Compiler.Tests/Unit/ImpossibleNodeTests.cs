using GraphPartition.Compiler.Import;
using GraphPartition.Foundation;
using GraphPartition.Ir.Graphs;
using GraphPartition.Onnx.Reading;
using GraphPartition.Onnx.Writing;
using GraphPartition.Operators;
using GraphPartition.Operators.Schemas;
using Microsoft.ML.OnnxRuntime;
using Xunit;

namespace GraphPartition.Compiler.Tests.Unit;

/// <summary>
/// Nodes that no run can compute. ONNX Runtime refuses them, some only when they run; reading refuses them all, and no other.
/// </summary>
public sealed class ImpossibleNodeTests
{
    private const string Image = "x: f32[1,4,8,8]", Steps = "x: f32[4,2,3]", Data = "x: f32[4,2]";
    private const string Heads = "q: f32[1,4,5,4], k: f32[1,2,7,4], v: f32[1,2,7,3]", Flat = "q: f32[1,5,16], k: f32[1,7,8], v: f32[1,7,6]";
    private const string Tokens = "x: f32[1,5,12]", Ort = "com.microsoft::";

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
    [InlineData(Image + ", s: f32[4,1,1]", "PRelu(x, s)", "[4,1,1]", "[4]")]
    [InlineData(Steps + ", w: f32[1,16,3], r: f32[1,16,4]", "LSTM(x, w, r) {hidden_size = 4}", "hidden_size = 4", "clip = 4.0")]
    [InlineData(Steps + ", w: f32[1,12,3], r: f32[1,12,4]", "GRU(x, w, r) {hidden_size = 4}", "hidden_size = 4", "clip = 4.0")]
    [InlineData(Steps + ", w: f32[1,4,3], r: f32[1,4,4]", "RNN(x, w, r) {hidden_size = 4}", "hidden_size = 4", "clip = 4.0")]
    [InlineData(Tokens + ", w: f32[12,36], b: f32[36]", Ort + "Attention(x, w, b) {num_heads = 3}", "= 3", "= 5")]
    [InlineData(Tokens + ", w: f32[12,36], b: f32[36]", Ort + "Attention(x, w, b) {num_heads = 3}", "[36]", "[12]")]
    [InlineData(Tokens + ", w: f32[12,36], b: f32[36]", Ort + "Attention(x, w, b) {num_heads = 3}", "[12,", "[11,")]
    [InlineData(Tokens, Ort + "MultiHeadAttention(x, x, x) {num_heads = 3}", "= 3", "= 5")]
    [InlineData(Tokens + ", k: f32[1,7,12]", Ort + "MultiHeadAttention(x, k, k) {num_heads = 3}", "7,12]", "7,15]")]
    [InlineData("x: f32[1,1,32], k: f32[1,1,16], p: f32[1,2,0,8], l: i32[1], t: i32[1]",
        Ort + "GroupQueryAttention(x, k, k, p, p, l, t) {num_heads = 4, kv_num_heads = 2}", "kv_num_heads = 2", "kv_num_heads = 3")]
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

    [Theory]
    [InlineData(18, "x: f32[6]", "Split(x) {num_outputs = 2}", "{num_outputs = 2}", "")]
    [InlineData(18, "x: f32[5]", "Split(x) {num_outputs = 2}", "f32[5]", "f32[1]")]
    [InlineData(13, "x: f32[6]", "Split(x)", "f32[6]", "f32[5]")]
    [InlineData(12, "x: f32[6,5]", "Split(x)", "Split(x)", "Split(x) {axis = 1}")]
    [InlineData(23, Heads, "Attention(q, k, v)", "k: f32[1,2,7,4]", "k: f32[2,2,7,4]")]
    [InlineData(23, Heads, "Attention(q, k, v)", "k: f32[1,2,7,4]", "k: f32[1,2,6,4]")]
    [InlineData(23, Heads, "Attention(q, k, v)", "k: f32[1,2,7,4]", "k: f32[1,2,7,5]")]
    [InlineData(23, Heads, "Attention(q, k, v)", "k: f32[1,2,7,4]", "k: f32[1,4,7,4]")]
    [InlineData(23, Heads, "Attention(q, k, v)", "q: f32[1,4", "q: f32[1,3")]
    [InlineData(23, Heads, "Attention(q, k, v) {q_num_heads = 4}", "= 4}", "= 2}")]
    [InlineData(24, Flat, "Attention(q, k, v) {q_num_heads = 4, kv_num_heads = 2}", "q_num_heads = 4", "q_num_heads = 5")]
    [InlineData(24, Flat, "Attention(q, k, v) {q_num_heads = 4, kv_num_heads = 2}", "kv_num_heads = 2", "kv_num_heads = 3")]
    [InlineData(24, Flat, "Attention(q, k, v) {q_num_heads = 4, kv_num_heads = 2}", "q_num_heads = 4, ", "")]
    [InlineData(24, Flat, "Attention(q, k, v) {q_num_heads = 4, kv_num_heads = 2}", "v: f32[1,7,6]", "v: f32[1,7,5]")]
    [InlineData(24, Flat, "Attention(q, k, v) {q_num_heads = 4, kv_num_heads = 2}", "k: f32[1,7,8]", "k: f32[1,7,6]")]
    public void So_is_one_of_another_opset(int opset, string inputs, string node, string right, string wrong)
    {
        string results = node.StartsWith("Split", StringComparison.Ordinal) ? "y, z" : "y";
        string text = $"graph g({inputs}) -> ({results}) {{\n  {results} = {node}\n}}";
        (string? ort, string? ours) = Refusals(text, opset);
        Assert.Equal((null, null), (ort, ours));
        (ort, ours) = Refusals(text.Replace(right, wrong, StringComparison.Ordinal), opset);
        Assert.NotNull(ort);
        Assert.NotNull(ours);
    }

    /// <summary>Every operator in the opset before its first one, except those that ONNX Runtime had before the standard.</summary>
    [Fact]
    public void An_operator_that_came_later_is_refused()
    {
        List<string> wrong = [];
        foreach (OpName op in OperatorSchemas.Default.Operators.Where(o => o.Domain.Length == 0))
        {
            OperatorSchema first = OperatorSchemas.Default.Versions(op)[0];
            if (first.Since is < 9 or > OperatorSchemas.NewestWritten) continue;
            string inputs = string.Join(", ", Enumerable.Repeat("x", Math.Max(1, first.MinInputs)));
            (string? ort, string? ours) = Refusals($"graph g(x: f32[2,2]) -> (y) {{\n  y = {op.Type}({inputs})\n}}", first.Since - 1);
            if (ort?.Contains("No Op registered", StringComparison.Ordinal) != ours?.Contains("GP2014", StringComparison.Ordinal))
                wrong.Add($"{op.Type}: {ort}, {ours}");
        }
        Assert.Empty(wrong);
    }

    /// <summary>ONNX Runtime 1.31 reads a bias that is not there, and the process ends. Zeros are what is meant.</summary>
    [Fact]
    public void Attention_without_a_bias_gets_one()
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("model.onnx");
        OnnxWriter.Write(Of($"graph g({Tokens}, w: f32[12,36]) -> (y) {{\n  y = {Ort}Attention(x, w) {{num_heads = 4}}\n}}", 17), path);
        Model model = ModelFile.Read(path, OperatorTable.Default);
        Dictionary<string, DataValue> inputs = TestRun.Inputs(model.Graph);
        DataValue[] expected = TestRun.RunPlain(OnnxWriter.ToBytes(Of($$"""
            graph g({{Tokens}}, w: f32[12,36]) -> (y) {
              const n: i64[1] = {36}
              b = ConstantOfShape(n)
              y = {{Ort}}Attention(x, w, b) {num_heads = 4}
            }
            """, 17)), inputs);
        Compilation planned = new ModelCompiler(OperatorTable.Default, new()).Plan(model);
        Assert.Null(TestRun.Difference(expected, TestRun.Run(planned.ToCompiledModel(), inputs, keepGroups: true)));
    }

    /// <summary>ONNX Runtime divides by some of these numbers without a look, and the process ends. So did we.</summary>
    [Theory]
    [InlineData("num_heads", "x: f32[1,1,32], k: f32[1,1,16]", Ort + "GroupQueryAttention(x, k, k, _, _, l, t) {num_heads = 0, kv_num_heads = 2}")]
    [InlineData("kv_num_heads", "x: f32[1,1,32], k: f32[1,1,16]", Ort + "GroupQueryAttention(x, k, k, _, _, l, t) {num_heads = 4, kv_num_heads = 0}")]
    [InlineData("q_num_heads", Flat, "Attention(q, k, v) {q_num_heads = 0, kv_num_heads = 2}")]
    [InlineData("num_groups", Image + ", s: f32[4]", "GroupNormalization(x, s, s) {num_groups = 0}")]
    [InlineData("blocksize", Image, "DepthToSpace(x) {blocksize = 0}")]
    [InlineData("blocksize", Image, "SpaceToDepth(x) {blocksize = -1}")]
    public void Zero_heads_groups_or_blocks_are_refused(string attribute, string inputs, string node) => Assert.Contains(
        $"'{attribute}' is ", Read($"graph g({inputs}, l: i32[1], t: i32[1]) -> (y) {{\n  y = {node}\n}}", 23), StringComparison.Ordinal);

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

    private static Model Of(string text, int opset) =>
        new(GraphParser.ParseGraph(text)) { Opsets = OpsetVersions.Standard(opset).SetItem("com.microsoft", 1) };

    private static (string? Ort, string? Ours) Refusals(string text, int opset = 21)
    {
        string? ort = null;
        try
        {
            Dictionary<string, DataValue> inputs = TestRun.Inputs(new Model(GraphParser.ParseGraph(text, OperatorTable.Default)).Graph);
            TestRun.RunPlain(OnnxWriter.ToBytes(Of(text, opset)), inputs, optimize: false);
        }
        catch (OnnxRuntimeException e)
        {
            ort = e.Message;
        }
        return (ort, Read(text, opset));
    }

    private static string? Read(string text, int opset)
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("model.onnx");
        OnnxWriter.Write(Of(text, opset), path);
        try
        {
            ModelFile.Read(path, OperatorTable.Default);
            return null;
        }
        catch (ModelException e)
        {
            return e.Message;
        }
    }
}
