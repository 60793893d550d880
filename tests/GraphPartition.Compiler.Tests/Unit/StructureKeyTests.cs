using GraphPartition.CompiledModels;
using GraphPartition.Compiler.Planning.Files;
using GraphPartition.Compiler.Tests.Support;
using GraphPartition.Ir.Graphs;
using GraphPartition.Operators;
using Xunit;

namespace GraphPartition.Compiler.Tests.Unit;

/// <summary>The key of a compiled file's nodes, by which <c>gpc verify</c> sees that they were changed.</summary>
public sealed class StructureKeyTests
{
    /// <summary>Lowering to an old opset adds nodes and values without names, which the writer names.</summary>
    [Theory]
    [InlineData(17, "x: f32[2,3,4]", "const axes: i64[1] = {1}\n  m = ReduceMean(x, axes)\n  y = Relu(m)")]
    [InlineData(13, "x: f32[2,3,4]", "m = ReduceMax(x)\n  y = Sub(x, m)")]
    [InlineData(17, "x: f32[1,4,4]", "a, b = Split(x) {axis = 1, num_outputs = 2}\n  y = Concat(b, a) {axis = 1}")]
    [InlineData(17, "x: f32[3,5]", "const pads: i64[2] = {0, 1}\n  const axes: i64[1] = {1}\n  p = Pad(x, pads, _, axes)\n  y = Neg(p)")]
    [InlineData(18, "x: f32[1,4,8], c: bool[], g: f32[4], b: f32[4]", """
        y = If(c) {else_branch = graph e() -> (n) {
            n = Neg(x)
          }, then_branch = graph t() -> (h) {
            h = GroupNormalization(x, g, b) {num_groups = 2}
          }}
        """)]
    public void A_compiled_file_of_an_old_opset_verifies(int opset, string inputs, string nodes)
    {
        Model model = PassRun.Parse($"graph g({inputs}) -> (y) {{\n  {nodes}\n}}", opset);
        CompiledModel compiled = new ModelCompiler(OperatorTable.Default, new()).Plan(model).ToCompiledModel();
        CompiledModel read = CompiledModelFormat.Read(CompiledModelFormat.Write(compiled));
        Assert.Equal(opset, read.Model.Opsets[""]);
        Assert.Empty(PlanVerifier.Verify(read, PlanFile.Read(read, "")));
    }

    [Theory]
    [InlineData("p = Exp(a)\n  q = Neg(b)\n  y = Sub(p, q)", true)] // names
    [InlineData("n = Neg(b)\n  e = Exp(a)\n  y = Sub(e, n)", true)] // order
    [InlineData("e = Exp(a)\n  n = Neg(b)\n  y = Sub(n, e)", false)] // connections
    [InlineData("e = Exp(a)\n  n = Neg(a)\n  y = Sub(e, n)", false)]
    [InlineData("e = Exp(a)\n  n = Abs(b)\n  y = Sub(e, n)", false)] // operators
    public void Connections_count_and_names_do_not(string nodes, bool isSame) =>
        Assert.Equal(isSame, Key(nodes) == Key("e = Exp(a)\n  n = Neg(b)\n  y = Sub(e, n)"));

    [Fact]
    public void Sizes_count_and_weights_do_not()
    {
        Assert.Equal(Key("const w: f32[2] = {1, 2}\n  y = Mul(a, w)"), Key("const v: f32[2] = {3, 4}\n  y = Mul(a, v)"));
        Assert.NotEqual(Key("const s: i64[2] = {1, 2}\n  y = Reshape(a, s)"), Key("const s: i64[2] = {2, 1}\n  y = Reshape(a, s)"));
    }

    private static string Key(string nodes) =>
        ContentKey.StructureOf(PassRun.Parse($"graph g(a: f32[2], b: f32[2]) -> (y) {{\n  {nodes}\n}}").Graph);
}
