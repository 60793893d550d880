using GraphPartition.Foundation;
using GraphPartition.Ir.Graphs;
using GraphPartition.Ir.Tensors;
using GraphPartition.Ir.Types;
using GraphPartition.Onnx.Writing;
using GraphPartition.Operators;
using GraphPartition.Runtime.Options;
using GraphPartition.Runtime.Ort;
using Microsoft.ML.OnnxRuntime;

namespace GraphPartition.Runtime.Tests.Unit;

/// <summary>
/// Faults of ONNX Runtime that code or tests work around, as far as a CPU shows them. If a test fails with a new version, the fault is
/// corrected: then the workaround can go.
/// </summary>
public sealed class OrtQuirkTests
{
    private static readonly IrType Row = IrType.Tensor(ElementType.Float32, Shape.Of(2));
    private const float Mark = -77; // fills the outputs before a run: what stays was not written

    private static readonly IrType Rows = IrType.Tensor(ElementType.Float32, Shape.Of(3, 2));

    /// <summary>Worked around by FlowModel (its Scans never do that), and by the session where it runs a Scan itself. Seen in 1.29 and
    /// 1.31.1.</summary>
    [Fact]
    public void Scan_leaves_outputs_unwritten_that_its_body_only_passes_on()
    {
        Assert.Equal([Mark, Mark], Scan((s, row, _) => [s, row])[0]); // a state
        Assert.Equal([Mark, Mark, Mark, Mark, Mark, Mark], Scan((s, row, _) => [s, row])[1]); // an element
        Assert.Equal([8, 9, 8, 9, 8, 9], Scan((s, row, other) => [s, other])[1]); // a captured value is right
    }

    /// <summary>
    /// Clip compares only the lower 32 bits of some 64-bit integers. NarrowingProperties clips small ones for this reason. Seen in 1.29 and
    /// 1.31.1; other large integers are right since 1.31.
    /// </summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Clip_compares_the_lower_half_of_some_large_integers(bool optimize)
    {
        long low = -(1L << 34), high = 1L << 40, inside = (1L << 35) + 7;
        Assert.Equal([high, inside, low], Clip([3 * high, inside, -high - 1], low, high, optimize));
        long[] some = [0, 0, 0, 0, 0, -(1L << 32), 0]; // in vectors only: a single number is right
        Assert.NotEqual([0, 0, 0, 0, 0, -5, 0], Clip(some, -5, 9, optimize));
    }

    /// <summary>Worked around by <see cref="KnownOrtFaults"/>. Seen in 1.31.</summary>
    [Fact]
    public void Level_extended_refuses_quantized_weights_that_a_body_captures()
    {
        Graph graph = GraphParser.ParseGraph("""
            graph g(x: f32[2,3], c: bool[]) -> (y) {
              const w: u8[3,2] = {1, 2, 3, 250, 5, 6}
              const s: f32[] = {0.1}
              const z: u8[] = {100}
              const k: f32[3,2] = {1, 2, 3, 4, 5, 6}
              y = If(c) {else_branch = graph e() -> (n) {
                  n = MatMul(x, k)
                }, then_branch = graph t() -> (m) {
                  d = DequantizeLinear(w, s, z)
                  m = MatMul(x, d)
                }}
            }
            """, OperatorTable.Default);
        byte[] file = OnnxWriter.ToBytes(new Model(graph) { Opsets = OpsetVersions.Standard(18), FormatVersion = 8 });
        Assert.Throws<OnnxRuntimeException>(() => Load(GraphOptimizationLevel.ORT_ENABLE_EXTENDED));
        Load(KnownOrtFaults.LevelFor(graph));

        void Load(GraphOptimizationLevel level)
        {
            using var options = new SessionOptions { GraphOptimizationLevel = level };
            new InferenceSession(file, options).Dispose();
        }
    }

    private static long[] Clip(long[] values, long low, long high, bool optimize)
    {
        var builder = new GraphBuilder(OperatorTable.Default);
        Value x = builder.Input("x", IrType.Tensor(ElementType.Int64, Shape.Of(values.Length)));
        Value[] limits = [builder.Constant("low", TensorData.Scalar(ElementType.Int64, low)),
            builder.Constant("high", TensorData.Scalar(ElementType.Int64, high))];
        using InferenceSession session = Open(builder.Build(builder.Op("Clip", "y", [x, .. limits])), optimize);
        using OrtValue input = OrtValues.ToOrt(TensorData.Of<long>(ElementType.Int64, values, values.Length));
        using var options = new RunOptions();
        using IDisposableReadOnlyCollection<OrtValue> result = session.Run(options, ["x"], [input], ["y"]);
        return result[0].GetTensorDataAsSpan<long>().ToArray();
    }

    private static float[][] Scan(Func<Value, Value, Value, Value[]> outputs)
    {
        var builder = new GraphBuilder(OperatorTable.Default);
        Value state = builder.Input("state", Row), rows = builder.Input("rows", Rows), other = builder.Input("other", Row);
        var body = new GraphBuilder(OperatorTable.Default, builder.Scope) { Name = "body" };
        Graph graph = body.Build(outputs(body.Input("s", Row), body.Input("row", Row), other));
        Node scan = builder.Add("Scan", [state, rows], ["last", "all"], AttributeMap.Of(("body", graph), ("num_scan_inputs", 1L)));
        return Run(builder.Build([.. scan.Outputs.OfType<Value>()]));
    }

    private static float[][] Run(Graph graph)
    {
        using InferenceSession session = Open(graph, optimize: true);
        using OrtValue state = OrtValues.ToOrt(TensorData.Floats([1, 2], 2)), other = OrtValues.ToOrt(TensorData.Floats([8, 9], 2));
        using OrtValue rows = OrtValues.ToOrt(TensorData.Floats([1, 2, 3, 4, 5, 6], 3, 2));
        using var options = new RunOptions();
        bool hasOther = session.InputNames.Contains("other"); // ONNX Runtime keeps unused inputs; a passed one may be optimized away
        using OrtValue last = Marked(2), all = Marked(3, 2);
        OrtValue[] results = [last, all];
        session.Run(options, hasOther ? ["state", "rows", "other"] : ["state", "rows"], hasOther ? [state, rows, other] : [state, rows],
            session.OutputNames, results);
        return [.. results.Select(r => r.GetTensorDataAsSpan<float>().ToArray())];

        static OrtValue Marked(params long[] shape) =>
            OrtValues.ToOrt(TensorData.Floats([.. Enumerable.Repeat(Mark, (int)shape.Aggregate((a, b) => a * b))], shape));
    }

    private static InferenceSession Open(Graph graph, bool optimize) =>
        new OrtSessionFactory(new ModelSessionOptions { Optimize = optimize }).Open(
            OnnxWriter.ToBytes(new Model(graph) { Opsets = OpsetVersions.Standard(18), FormatVersion = 8 }), directory: null,
            isOnlyOne: true);
}
