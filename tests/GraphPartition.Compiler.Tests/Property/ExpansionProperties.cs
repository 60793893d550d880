using FsCheck;
using FsCheck.Fluent;
using GraphPartition.Compiler.Tests.Support;
using GraphPartition.Ir.Graphs;
using GraphPartition.Onnx.Reading;
using GraphPartition.Onnx.Writing;
using GraphPartition.Operators;
using GraphPartition.Runtime.Comparison;
using Xunit;

namespace GraphPartition.Compiler.Tests.Property;

/// <summary>Every function body computes what ONNX Runtime's kernel of the operator computes, for random sizes.</summary>
public sealed class ExpansionProperties
{
    /// <summary>Both sides round in 32 bits, in different orders.</summary>
    private static readonly Tolerance Rounding = new(2e-5, 2e-5);

    public static TheoryData<string> Forms => [.. BodyForm.All.Select(f => f.Name)];

    [Theory]
    [MemberData(nameof(Forms))]
    public void A_body_computes_what_the_kernel_computes(string name)
    {
        BodyForm form = BodyForm.All.Single(f => f.Name == name);
        Gen<int[]> sizes = Gen.ArrayOf(Gen.Choose(1, 5), 5);
        Prop.ForAll(Arb.From(sizes, Smaller), s => Agrees(form, s)).Check(Config.QuickThrowOnFailure.WithMaxTest(12));
    }

    /// <summary>The length of a decoder's cache is open: the body must still get every size that it needs.</summary>
    [Fact]
    public void A_cache_of_open_length_is_expanded()
    {
        Model model = PassRun.Parse("""
            graph g(q: f32[n,1,64], k: f32[n,1,32], v: f32[n,1,32], pk: f32[n,2,p,16], pv: f32[n,2,p,16], last: i32[n], all: i32[]) -> (y) {
              y, k2, v2 = com.microsoft::GroupQueryAttention(q, k, v, pk, pv, last, all) {kv_num_heads = 2, num_heads = 4}
            }
            """);
        var (_, context) = new Lacking(n => n.Op.Type == "GroupQueryAttention").Expand(model);
        Assert.True(context.Expansions.Count == 1, string.Join("; ", context.Refusals.Select(r => r.Reason)));
    }

    /// <summary>
    /// Sizes of a decoder's keys come from the shape of a mask, from an input, or from the data of a tensor. TensorRT takes the first two;
    /// only the whole graph shows which it is.
    /// </summary>
    [Theory]
    [InlineData("m: i64[n,t]", "const one: i64[] = {1}\n  shape = Shape(m)\n  size = Gather(shape, one)\n  all = Cast(size) {to = 6}", true)]
    [InlineData("all: i32[]", "", true)]
    [InlineData("m: f32[n]", "most = ReduceMax(m) {keepdims = 0}\n  all = Cast(most) {to = 6}", false)]
    public void A_decoder_is_expanded_where_TensorRT_can_compute_its_sizes(string input, string nodes, bool isExpanded)
    {
        Model model = PassRun.Parse($$"""
            graph g(q: f32[n,s,64], k: f32[n,s,32], v: f32[n,s,32], pk: f32[n,2,p,16], pv: f32[n,2,p,16], last: i32[n], {{input}}) -> (y) {
              {{nodes}}
              y, k2, v2 = com.microsoft::GroupQueryAttention(q, k, v, pk, pv, last, all) {kv_num_heads = 2, num_heads = 4}
            }
            """);
        Compilation compiled = new ModelCompiler(OperatorTable.Default, new() { Verify = true }).Plan(model);
        string reasons = string.Join("; ", compiled.Refusals.Select(r => r.Reason));
        Assert.True(isExpanded == (compiled.Expansions.Length == 1), reasons);
        if (isExpanded) Assert.All(compiled.Plan.Placements, p => Assert.True(p.IsYes, p.Reason));
        else Assert.Contains("make it such an input", reasons, StringComparison.Ordinal);
    }

    private static IEnumerable<int[]> Smaller(int[] sizes)
    {
        for (int i = 0; i < sizes.Length; i++)
            if (sizes[i] > 1) yield return [.. sizes.Select((s, at) => at == i ? s - 1 : s)];
    }

    private static bool Agrees(BodyForm form, int[] sizes)
    {
        Model model = PassRun.Parse(form.Text(sizes[0], sizes[1], sizes[2], sizes[3], 2 * sizes[4]), opset: 24);
        var (expanded, context) = new Lacking(form.Is).Expand(model);
        Assert.True(context.Expansions.Count > 0, string.Join("; ", context.Refusals.Select(r => r.Reason)));
        Dictionary<string, DataValue> inputs = TestRun.Inputs(model.Graph);
        DataValue[] expected = TestRun.RunPlain(OnnxWriter.ToBytes(model), inputs, optimize: false);
        DataValue[] actual = TestRun.RunPlain(OnnxWriter.ToBytes(expanded), inputs, optimize: false);
        for (int i = 0; i < expected.Length; i++)
            Assert.Null(ValueDifference.Between(expected[i], actual[i], Rounding).Fault);
        return expected.Length == actual.Length;
    }
}
