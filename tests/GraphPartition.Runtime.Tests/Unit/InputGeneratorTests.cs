using FsCheck;
using FsCheck.Fluent;
using GraphPartition.Compiler.Import.Opsets;
using GraphPartition.Foundation;
using GraphPartition.Ir.Graphs;
using GraphPartition.Ir.Tensors;
using GraphPartition.Ir.Types;
using GraphPartition.Onnx.Reading;
using GraphPartition.Onnx.Writing;
using GraphPartition.Operators;
using GraphPartition.Runtime.MadeUp;
using Microsoft.ML.OnnxRuntime;

namespace GraphPartition.Runtime.Tests.Unit;

/// <summary>Made-up inputs: sizes and numbers with which a graph runs in ONNX Runtime.</summary>
public sealed class InputGeneratorTests
{
    [Theory]
    // Numbers that the uses bound.
    [InlineData("graph g(x: f32[5,3], i: i64[8]) -> (y) {\n  y = Gather(x, i) {axis = 1}\n}")]
    [InlineData("graph g(x: f32[5,3], i: i32[5,2]) -> (y) {\n  y = GatherElements(x, i) {axis = 1}\n}")]
    [InlineData("graph g(x: f32[5,3], i: i64[4,2]) -> (y) {\n  y = GatherND(x, i)\n}")]
    [InlineData("graph g(x: f32[5,3], i: i64[2,2], u: f32[2]) -> (y) {\n  y = ScatterND(x, i, u)\n}")]
    [InlineData("graph g(x: f32[nodes,3], e: i64[2,edges]) -> (y) {\n  const n: i64[] = {0}\n  s = Gather(e, n)\n  y = Gather(x, s)\n}")]
    [InlineData("graph g(a: i64[6], b: i64[6]) -> (y) {\n  y = Div(a, b)\n}")]
    [InlineData("graph g(a: i32[6], b: i32[6]) -> (y) {\n  y = Mod(a, b)\n}")]
    [InlineData("graph g(a: i64[], b: i64[], c: i64[]) -> (y) {\n  y = Range(a, b, c)\n}")]
    [InlineData("graph g(a: f32[], b: f32[], c: f32[]) -> (y) {\n  y = Range(a, b, c)\n}")]
    [InlineData("graph g(x: f32[2,3,4], s: i64[2]) -> (y) {\n  y = Reshape(x, s)\n}")]
    [InlineData("graph g(x: f32[2,3,4], a: i64[1], b: i64[1]) -> (y) {\n  s = Concat(a, b) {axis = 0}\n  y = Reshape(x, s)\n}")]
    [InlineData("graph g(x: f32[2,3], s: i64[2]) -> (y) {\n  y = Expand(x, s)\n}")]
    [InlineData("graph g(x: f32[2,3], s: i64[2]) -> (y) {\n  y = Tile(x, s)\n}")]
    [InlineData("graph g(x: f32[4,6], a: i64[2], b: i64[2], c: i64[2], d: i64[2]) -> (y) {\n  y = Slice(x, a, b, c, d)\n}")]
    [InlineData("graph g(x: f32[4,6], p: i64[4]) -> (y) {\n  y = Pad(x, p)\n}")]
    [InlineData("graph g(x: f32[4,6], k: i64[1]) -> (y, z) {\n  y, z = TopK(x, k)\n}")]
    [InlineData("graph g(s: i64[3]) -> (y) {\n  y = ConstantOfShape(s)\n}")]
    [InlineData("graph g(x: f32[7,2], s: i64[2]) -> (y, z) {\n  y, z = Split(x, s)\n}")]
    [InlineData("graph g(x: f32[1,3,1], a: i64[2]) -> (y) {\n  y = Squeeze(x, a)\n}")]
    [InlineData("graph g(x: f32[3], a: i64[2]) -> (y) {\n  y = Unsqueeze(x, a)\n}")]
    [InlineData("graph g(x: f32[3,4], a: i64[1]) -> (y) {\n  y = ReduceSum(x, a)\n}")]
    [InlineData("graph g(x: f32[3,4], a: i64[]) -> (y) {\n  y = CumSum(x, a)\n}")]
    [InlineData("graph g(x: f32[1,1,4,4], s: f32[4]) -> (y) {\n  y = Resize(x, _, s)\n}")]
    [InlineData("graph g(x: f32[1,1,4,4], s: i64[4]) -> (y) {\n  y = Resize(x, _, _, s)\n}")]
    [InlineData("graph g(i: i64[5], d: i64[], v: f32[2]) -> (y) {\n  y = OneHot(i, d, v)\n}")]
    [InlineData("graph g(x: f32[4,2,3], n: i64[2]) -> (y) {\n  y = ReverseSequence(x, n)\n}")]
    [InlineData("graph g(x: f32[2,3,8,8], r: f32[4,4], b: i64[4]) -> (y) {\n  y = RoiAlign(x, r, b)\n}")]
    // Through other operators: ids that floats hold, offsets, halves, parts.
    [InlineData("graph g(x: f32[5,3], i: f32[8]) -> (y) {\n  j = Cast(i) {to = 7}\n  y = Gather(x, j)\n}")]
    [InlineData("graph g(x: f32[5,3], i: i64[8]) -> (y) {\n  const two: i64[] = {2}\n  j = Add(i, two)\n  y = Gather(x, j)\n}")]
    [InlineData("graph g(x: f32[5,3], i: i64[8], j: i64[8]) -> (y) {\n  k = Add(i, j)\n  y = Gather(x, k)\n}")]
    [InlineData("graph g(x: f32[9,3], i: i64[8]) -> (y) {\n  const two: i64[] = {2}\n  j = Mul(i, two)\n  y = Gather(x, j)\n}")]
    [InlineData("graph g(x: f32[5,3], i: i64[8]) -> (y) {\n  const four: i64[] = {4}\n  j = Sub(four, i)\n  y = Gather(x, j)\n}")]
    [InlineData("graph g(x: f32[5,3], i: i64[8], j: i64[8], c: bool[8]) -> (y) {\n  k = Where(c, i, j)\n  y = Gather(x, k)\n}")]
    [InlineData("graph g(n: i64[]) -> (y) {\n  y = HannWindow(n)\n}")]
    [InlineData("graph g(x: f32[4,6], n: i64[2]) -> (y) {\n  y = CenterCropPad(x, n)\n}")]
    [InlineData("graph g(x: f32[1,16,1], n: i64[], a: i64[]) -> (y) {\n  y = DFT(x, n, a)\n}")]
    [InlineData("graph g(x: f32[1,32,1], s: i64[], n: i64[]) -> (y) {\n  y = STFT(x, s, _, n)\n}")]
    [InlineData("graph g(a: i64[], b: i64[], c: i64[], d: f32[], e: f32[]) -> (y) {\n  y = MelWeightMatrix(a, b, c, d, e)\n}")]
    [InlineData("graph g(t: f32[2,2,3], s: i64[4]) -> (y) {\n  y = AffineGrid(t, s)\n}")]
    // Uses in bodies.
    [InlineData("""
        graph g(x: f32[5,3], i: i64[8], c: bool[]) -> (y) {
          y = If(c) {else_branch = graph e() -> (f) {
            f = Gather(x, i)
          }, then_branch = graph t() -> (h) {
            j = Neg(i)
            k = Neg(j)
            h = Gather(x, k)
          }}
        }
        """)]
    // Sizes that inference contradicts, or that only a run does.
    [InlineData("graph g(x: f32[a,b]) -> (y) {\n  const w: f32[3,2] = {1.0, 2.0, 3.0, 4.0, 5.0, 6.0}\n  y = MatMul(x, w)\n}")]
    [InlineData("graph g(x: f32[?,?]) -> (y) {\n  const s: i64[2] = {-1, 7}\n  y = Reshape(x, s)\n}")]
    [InlineData("graph g(x: f32[?], z: f32[?]) -> (y) {\n  const s: i64[2] = {5, 5}\n  a = Reshape(x, s)\n  y = Add(a, z)\n}")]
    public void A_graph_runs_with_made_up_inputs(string text)
    {
        Graph graph = GraphParser.ParseGraph(text, OperatorTable.Default);
        var model = OpsetExport.Lowest(new Model(graph) { Opsets = OpsetVersions.Standard(25), SourceOpset = 18, FormatVersion = 8 });
        byte[] bytes = OnnxWriter.ToBytes(model);
        MadeUpInputs made = new InputGenerator(new Dictionary<string, long>()).Find(graph, inputs => Run(bytes, inputs));
        Assert.Null(made.Failure?.Message);
    }

    /// <summary>
    /// Indices that reach a table through any chain of operators with known numbers are valid: random chains, run by ONNX Runtime, which
    /// refuses an index out of range.
    /// </summary>
    [Fact]
    public void Indices_through_random_arithmetic_are_valid() => Prop.ForAll(
        Gen.Choose(0, 9_999).ArrayOf().ToArbitrary(), codes =>
    {
        var builder = new GraphBuilder(OperatorTable.Default);
        int rows = 40 + (codes.Length == 0 ? 0 : codes[0] % 50);
        bool canBeValid = Enumerable.Range(-1000, 2000).Any(id => AfterChain(codes, id) is var row && row >= -rows && row < rows);
        if (!canBeValid) return; // Max 3, Mul 3, Mul 3, ...: no index is right
        Value table = builder.Input("table", IrType.Tensor(ElementType.Float32, Shape.Of(rows, 2)));
        Value index = builder.Input("ids", IrType.Tensor(codes.Length % 2 == 0 ? ElementType.Int64 : ElementType.Int32, Shape.Of(6)));
        for (int i = 0; i < Math.Min(codes.Length, 6); i++)
        {
            Value number = builder.Constant($"c{i}", Numbers.Scalar(index.ElementType, codes[i] / 8 % 3 + 1)!);
            index = (codes[i] % 8) switch
            {
                0 => builder.Op("Add", $"v{i}", [index, number]),
                1 => builder.Op("Mul", $"v{i}", [index, number]),
                2 => builder.Op("Div", $"v{i}", [index, number]),
                3 => builder.Op("Max", $"v{i}", [index, number]),
                4 => builder.Op("Neg", $"v{i}", [builder.Op("Neg", $"w{i}", [index])]),
                5 => builder.Op("Cast", $"v{i}", [builder.Op("Cast", $"w{i}", [index], AttributeMap.Of(("to", 11)))],
                    AttributeMap.Of(("to", (int)index.ElementType))),
                6 => builder.Op("Add", $"v{i}", [index, index]),
                _ => builder.Op("Concat", $"v{i}", [index, index], AttributeMap.Of(("axis", 0))),
            };
        }
        Graph graph = builder.Build(builder.Op("Gather", "y", [table, index]));
        Model model = OpsetExport.Lowest(new Model(graph) { Opsets = OpsetVersions.Standard(25), SourceOpset = 18, FormatVersion = 8 });
        IReadOnlyDictionary<string, TensorData> made = new InputGenerator(new Dictionary<string, long>()).For(graph);
        if (Run(OnnxWriter.ToBytes(model), made) is { } failure) throw new InvalidOperationException(failure.Message);
    }).Check(Config.QuickThrowOnFailure.WithMaxTest(100));

    /// <summary>What the chain makes of an index.</summary>
    private static long AfterChain(int[] codes, long index)
    {
        foreach (int code in codes.Take(6))
        {
            long number = code / 8 % 3 + 1;
            index = (code % 8) switch
            {
                0 => index + number,
                1 => index * number,
                2 => index / number,
                3 => Math.Max(index, number),
                6 => index + index,
                _ => index,
            };
        }
        return index;
    }

    [Fact]
    public void Names_and_sums_of_names_are_sizes()
    {
        Graph graph = GraphParser.ParseGraph(
            "graph g(x: f32[batch,past], m: f32[batch,\"past + seq\"], n: f32[\"past + 1\"]) -> (y) {\n  y = Neg(x)\n}",
            OperatorTable.Default);
        var made = new InputGenerator(new Dictionary<string, long> { ["past"] = 5 }).For(graph);
        Assert.Equal(["1,5", "1,21", "6"], graph.Inputs.Select(v => string.Join(',', made[v.Name].Dims)));
    }

    [Theory]
    [InlineData("Equal", 16000)]
    [InlineData("Greater", 8000)]
    public void A_scalar_gets_the_number_that_the_graph_compares_it_with(string op, long rate)
    {
        Graph graph = GraphParser.ParseGraph(
            $"graph g(x: f32[2], sr: i64[]) -> (y) {{\n  const r: i64[] = {{{rate}}}\n  y = {op}(sr, r)\n}}", OperatorTable.Default);
        Assert.Equal([rate], new InputGenerator(new Dictionary<string, long>()).For(graph)["sr"].ToIntegers()!);
    }

    [Fact]
    public void Images_are_multiples_of_the_strides_and_run_out_at_no_convolution()
    {
        // Five halvings, then back to the size before the last: only multiples of 32 fit.
        string halvings = string.Join("\n", Enumerable.Range(0, 5).Select(i =>
            $"  p{i + 1} = MaxPool(p{i}) {{kernel_shape = [2, 2], strides = [2, 2]}}"));
        Graph graph = GraphParser.ParseGraph($$"""
            graph g(p0: f32[?,3,?,?]) -> (y) {
            {{halvings}}
              const scales: f32[4] = {1.0, 1.0, 2.0, 2.0}
              up = Resize(p5, _, scales)
              y = Add(p4, up)
            }
            """, OperatorTable.Default);
        long[] dims = [.. new InputGenerator(new Dictionary<string, long>()).For(graph)["p0"].Dims];
        Assert.Equal([1, 3], dims[..2]);
        Assert.All(dims[2..], size => Assert.Equal(0, size % 32));
    }

    [Fact]
    public void Sizes_that_a_body_needs_are_found()
    {
        // As in Silero VAD: the window must be long enough for the padding in a branch, and the state has the batch of the window.
        Graph graph = GraphParser.ParseGraph("""
            graph g(x: f32[?,?], h: f32[2,?,4], c: bool[]) -> (y) {
              const pads: i64[4] = {0, 0, 0, 200}
              y = If(c) {else_branch = graph e() -> (f) {
                s = ReduceMean(h) {keepdims = 0}
                p = Pad(x, pads) {mode = "reflect"}
                f = Add(p, s)
              }, then_branch = graph t() -> (k) {
                q = Pad(x, pads) {mode = "reflect"}
                k = Neg(q)
              }}
            }
            """, OperatorTable.Default);
        byte[] bytes = OnnxWriter.ToBytes(OpsetExport.Lowest(
            new Model(graph) { Opsets = OpsetVersions.Standard(25), SourceOpset = 18, FormatVersion = 8 }));
        MadeUpInputs made = new InputGenerator(new Dictionary<string, long>()).Find(graph, inputs => Run(bytes, inputs));
        Assert.Null(made.Failure?.Message);
        Assert.Equal([2, 1, 4], made.Values["h"].Dims.ToArray());
        Assert.Equal(1, made.Values["x"].Dims[0]);
    }

    [Fact]
    public void First_dimensions_of_different_names_are_no_batch()
    {
        Graph graph = GraphParser.ParseGraph(
            "graph g(x: f32[s77,4], e: i64[2,s96], w: f32[s96]) -> (y) {\n  y = Neg(x)\n}", OperatorTable.Default);
        var made = new InputGenerator(new Dictionary<string, long>()).For(graph);
        Assert.All(["x", "w"], name => Assert.True(made[name].Dims[0] > 1));
    }

    [Fact]
    public void Given_inputs_fix_the_sizes_of_the_others()
    {
        Graph graph = GraphParser.ParseGraph("graph g(x: f32[n,4], y: f32[n,4]) -> (z) {\n  z = Add(x, y)\n}", OperatorTable.Default);
        var generator = new InputGenerator(new Dictionary<string, long>())
        {
            Given = new Dictionary<string, DataValue> { ["x"] = TensorData.Floats(new float[12], 3, 4) },
            Fills = new Dictionary<string, double> { ["y"] = 0.5 },
        };
        TensorData y = generator.For(graph)["y"];
        Assert.Equal([3, 4], y.Dims.ToArray());
        Assert.All(y.As<float>().ToArray(), value => Assert.Equal(0.5f, value));
    }

    [Fact]
    public void What_never_runs_is_reported_with_the_last_message()
    {
        Graph graph = GraphParser.ParseGraph("graph g(x: f32[n]) -> (y) {\n  y = Neg(x)\n}", OperatorTable.Default);
        int runs = 0;
        MadeUpInputs made = new InputGenerator(new Dictionary<string, long>()).Find(graph, _ =>
        {
            runs++;
            return RunFailure.Of("Non-zero status code returned while running Neg node. Name:'y' Status Message: no");
        });
        Assert.Equal(["y"], made.Failure!.Nodes.ToArray());
        Assert.Equal(runs, made.Runs);
        Assert.InRange(runs, 3, 60);
    }

    private static RunFailure? Run(byte[] model, IReadOnlyDictionary<string, TensorData> inputs)
    {
        try
        {
            TestRun.RunPlain(model, inputs.ToDictionary(i => i.Key, i => (DataValue)i.Value));
            return null;
        }
        catch (OnnxRuntimeException e)
        {
            return RunFailure.Of(e.Message);
        }
    }
}
