using FsCheck;
using FsCheck.Fluent;
using GraphPartition.Compiler.Passes;
using GraphPartition.Compiler.Passes.Elimination;
using GraphPartition.Compiler.Passes.Expanding;
using GraphPartition.Compiler.Passes.Infrastructure;
using GraphPartition.Compiler.Passes.Reshapes;
using GraphPartition.Compiler.Tests.Support;
using GraphPartition.Ir.Graphs;
using Xunit;

namespace GraphPartition.Compiler.Tests.Unit;

public sealed class FewerAxesTests
{
    /// <summary>Takes no more than eight dimensions.</summary>
    private static readonly Lacking Eight = new(n => n.Inputs.Concat(n.Outputs).Any(v => v?.Shape?.Rank > 8));

    private static readonly FixedPoint Passes = new(4, new FewerAxes(Eight), new MergeReshapes(), new EliminateDeadNodes());

    /// <summary>48 elements as nine axes, four of them of size 1, an operator, and a list again.</summary>
    [Theory]
    [InlineData("y = Sigmoid(a)")]
    [InlineData("y = Transpose(a) {perm = [8, 0, 1, 6, 3, 4, 2, 5, 7]}")]
    [InlineData("const w: f32[3,1,1] = {1.5, 2.5, -1}\n  y = Mul(a, w)")]
    [InlineData("const k: f32[2,1,1,1,2,1,1,1,1] = {1, 2, 3, 4}\n  c = Greater(a, k)\n  y = Where(c, a, k)")]
    [InlineData("y = Softmax(a) {axis = 6}")]
    [InlineData("y = LogSoftmax(a) {axis = 1}")]
    [InlineData("const axes: i64[2] = {-1, 2}\n  y = ReduceSum(a, axes) {keepdims = 1}")]
    [InlineData("const axes: i64[1] = {3}\n  y = ReduceL1(a, axes) {keepdims = 0}")]
    [InlineData("const s: i64[2] = {0, -1}\n  const e: i64[2] = {1, -3}\n  const d: i64[2] = {0, -3}\n  const t: i64[2] = {1, -1}\n  y = Slice(a, s, e, d, t)")]
    [InlineData("const i: i64[2,2] = {2, 0, 1, 1}\n  y = Gather(a, i) {axis = 6}")]
    [InlineData("const i: i64[] = {1}\n  y = Gather(a, i) {axis = -1}")]
    [InlineData("y = Concat(a, a) {axis = 3}")]
    [InlineData("p, q = Split(a) {axis = 0, num_outputs = 2}\n  y = Sub(p, q)")]
    [InlineData("const d: i64[] = {-3}\n  y = CumSum(a, d) {reverse = 1}")]
    [InlineData("const s: i64[9] = {2, 3, 2, 1, 2, 1, 3, 1, 2}\n  y = Expand(a, s)")]
    [InlineData("const k: i64[1] = {2}\n  y, i = TopK(a, k) {axis = 6}")]
    [InlineData("const p: i64[18] = {0, 1, 0, 0, 0, 0, -1, 0, 0, 2, 0, 0, 0, 0, 0, 2, 0, 0}\n  y = Pad(a, p)")]
    [InlineData("const p: i64[18] = {0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0}\n  y = Pad(a, p) {mode = \"reflect\"}")]
    [InlineData("const t: i64[9] = {1, 1, 3, 1, 1, 2, 1, 1, 1}\n  y = Tile(a, t)")]
    [InlineData("const two: i64[1] = {2}\n  k, i = TopK(a, two) {axis = 6}\n  y = GatherElements(a, i) {axis = 6}")]
    [InlineData("const two: i64[1] = {2}\n  k, i = TopK(a, two) {axis = 6}\n  y = ScatterElements(a, i, k) {axis = 6}")]
    [InlineData("const w: f32[2,2] = {1, 2, 3, 4}\n  y = MatMul(a, w)")]
    [InlineData("b = Transpose(a) {perm = [0, 1, 2, 3, 4, 5, 6, 8, 7]}\n  y = MatMul(a, b)")]
    public void Any_operator_with_an_axis_map_has_a_form_with_fewer_axes(string nodes)
    {
        Model model = PassRun.Parse($$"""
            graph g(x: f32[48]) -> (z) {
              const split: i64[9] = {2, 1, 2, 1, 2, 1, 3, 1, 2}
              const flat: i64[1] = {-1}
              a = Reshape(x, split)
              {{nodes}}
              z = Reshape(y, flat)
            }
            """);
        PassRun run = PassRun.Of(model, new Pipeline("fewer axes", Passes));
        Assert.DoesNotContain(run.Graph.Nodes.SelectMany(n => n.Outputs), v => v?.Shape?.Rank > 8);
        PassRun.AssertSameResults(model, run.Model);
    }

    [Fact]
    public void One_size_may_be_open()
    {
        Model model = PassRun.Parse("""
            graph g(x: f32[n,64]) -> (y) {
              const split: i64[9] = {0, 2, 2, 2, 2, 2, 2, 1, 1}
              const flat: i64[2] = {-1, 64}
              a = Reshape(x, split)
              b = Transpose(a) {perm = [0, 4, 5, 6, 1, 2, 3, 7, 8]}
              y = Reshape(b, flat)
            }
            """);
        PassRun run = PassRun.Of(model, new Pipeline("fewer axes", Passes));
        Assert.Equal("n, 8, 8", string.Join(", ", run.Graph.Nodes[1].Output(0)!.Shape!.Dims));
        PassRun.AssertSameResults(model, run.Model);
    }

    /// <summary>Whatever the sizes are, the numbers stay: one of size 1 is left out, neighbors are merged or not.</summary>
    [Fact]
    public void Results_stay() => Prop.ForAll(
        Gen.Choose(0, 1023).Zip(Gen.Choose(0, 1023)).ToArbitrary(), code => HasSameResults(code.Item1, code.Item2))
        .Check(Config.QuickThrowOnFailure.WithMaxTest(60));

    private static void HasSameResults(int pattern, int pick)
    {
        int[] sizes = [.. Enumerable.Range(0, 10).Select(i => (pattern >> i & 1) + 1)];
        int axis = pick / 10 % sizes.Length;
        string[] forms =
        [
            $"y = Softmax(x) {{axis = {axis}}}", $"const d: i64[1] = {{{axis}}}\n  y = ReduceSum(x, d) {{keepdims = {pick % 2}}}",
            $"y = Concat(x, x) {{axis = {axis}}}", $"const i: i64[2] = {{0, 0}}\n  y = Gather(x, i) {{axis = {axis}}}",
            $"y = Transpose(x) {{perm = [{string.Join(", ", Enumerable.Range(0, 10).Select(i => (i * 3 + axis) % 10))}]}}",
            "const w: f32[2,1] = {2, 3}\n  y = Add(x, w)", "const w: f32[1,2,1,1] = {2, 3}\n  y = Mul(x, w)",
        ];
        Model model = PassRun.Parse($$"""
            graph g(x: f32[{{string.Join(",", sizes)}}]) -> (y) {
              {{forms[pick % forms.Length]}}
            }
            """);
        PassRun.AssertSameResults(model, PassRun.Of(model, new Pipeline("fewer axes", Passes)).Model);
    }

    /// <summary>Nine axes that all move apart have no form in eight.</summary>
    [Fact]
    public void What_stays_too_large_stays() => PassRun.DoesNotFire(new FewerAxes(Eight),
        """
        graph g(x: f32[512]) -> (y) {
          const split: i64[9] = {2, 2, 2, 2, 2, 2, 2, 2, 2}
          const flat: i64[1] = {512}
          a = Reshape(x, split)
          b = Transpose(a) {perm = [8, 7, 6, 5, 4, 3, 2, 1, 0]}
          y = Reshape(b, flat)
        }
        """);
}
