using GraphPartition.Compiler.Passes.Elimination;
using GraphPartition.Compiler.Tests.Support;
using Xunit;

namespace GraphPartition.Compiler.Tests.Unit;

public sealed class EliminateTests
{
    [Theory]
    [InlineData("Identity(a)")]
    [InlineData("Dropout(a)")]
    [InlineData("Reshape(a, s)")]
    [InlineData("Transpose(a) {perm = [0, 1]}")]
    [InlineData("Cast(a) {to = 1}")]
    [InlineData("Slice(a, zero, far, zero)")]
    [InlineData("Pad(a, four)")]
    [InlineData("Concat(a) {axis = 0}")]
    [InlineData("Expand(a, s)")]
    [InlineData("Mul(a, one)")]
    [InlineData("Mul(one, a)")]
    [InlineData("Div(a, one)")]
    [InlineData("Pow(a, one)")]
    [InlineData("Add(a, null)")]
    [InlineData("Sub(a, null)")]
    [InlineData("Clip(a)")]
    public void A_node_that_passes_its_input_on_is_removed(string node) => PassRun.Fires(new EliminateIdentity(),
        $$"""
        graph g(x: f32[2,3]) -> (y) {
          const s: i64[2] = {2, 3}
          const zero: i64[1] = {0}
          const far: i64[1] = {9223372036854775807}
          const four: i64[4] = {0, 0, 0, 0}
          const one: f32[1] = {1.0}
          const null: f32[] = {0.0}
          a = Relu(x)
          b = {{node}}
          y = Neg(b)
        }
        """,
        """
        graph g(x: f32[2,3]) -> (y) {
          a = Relu(x)
          y = Neg(a)
        }
        """);

    [Theory]
    [InlineData("Reshape(a, s)")] // another shape
    [InlineData("Transpose(a)")]
    [InlineData("Cast(a) {to = 11}")]
    [InlineData("Slice(a, last, first, zero, back)")] // reverses
    [InlineData("Pad(a, shift)")] // moves
    [InlineData("Add(a, row)")] // broadcasts
    [InlineData("Sub(null, a)")]
    [InlineData("Div(one, a)")]
    [InlineData("Dropout(a, half, yes)")]
    public void A_node_with_side_effects_stays(string node) => PassRun.DoesNotFire(new EliminateIdentity(),
        $$"""
        graph g(x: f32[1,3]) -> (b) {
          const s: i64[2] = {3, 1}
          const zero: i64[1] = {1}
          const last: i64[1] = {-1}
          const first: i64[1] = {-9}
          const back: i64[1] = {-1}
          const shift: i64[4] = {0, 1, 0, -1}
          const one: f32[1] = {1.0}
          const null: f32[] = {0.0}
          const row: f32[2,1] = {0.0, 0.0}
          const half: f32[] = {0.5}
          const yes: bool[] = {true}
          a = Relu(x)
          b = {{node}}
        }
        """);

    [Fact]
    public void An_output_keeps_its_name() => PassRun.Fires(new EliminateIdentity(),
        """
        graph g(x: f32[2]) -> (y, z) {
          a = Relu(x)
          y = Identity(a)
          z = Neg(a)
        }
        """,
        """
        graph g(x: f32[2]) -> (y, z) {
          y = Relu(x)
          z = Neg(y)
        }
        """);

    [Theory]
    [InlineData("graph g(x: f32[2]) -> (y) {\n  y = Identity(x)\n}")] // both names are the caller's
    [InlineData("graph g(x: f32[2]) -> (y, z) {\n  y = Relu(x)\n  z = Identity(y)\n}")]
    public void An_identity_between_names_that_must_stay_stays(string text) => PassRun.DoesNotFire(new EliminateIdentity(), text);

    [Fact]
    public void Symbols_prove_shapes_too() => PassRun.Fires(new EliminateIdentity(),
        """
        graph g(x: f32[N,3]) -> (y) {
          const s: i64[2] = {-1, 3}
          a = Reshape(x, s)
          y = Neg(a)
        }
        """,
        "graph g(x: f32[N,3]) -> (y) {\n  y = Neg(x)\n}");

    [Fact]
    public void Bodies_are_cleaned_and_their_captures_follow() => PassRun.Fires(new EliminateIdentity(),
        """
        graph g(x: f32[2], c: bool[]) -> (y) {
          a = Identity(x)
          y = If(c) {else_branch = graph e() -> (f) {
            f = Neg(a)
          }, then_branch = graph t() -> (h) {
            g = Relu(a)
            h = Identity(g)
          }}
        }
        """,
        """
        graph g(x: f32[2], c: bool[]) -> (y) {
          y = If(c) {else_branch = graph e() -> (f) {
            f = Neg(x)
          }, then_branch = graph t() -> (g) {
            g = Relu(x)
          }}
        }
        """);

    [Fact]
    public void Dead_nodes_constants_and_results_are_removed() => PassRun.Fires(new EliminateDeadNodes(),
        """
        graph g(x: f32[1,2,4,4]) -> (y) {
          const w: f32[2] = {1.0, 2.0}
          dead = Add(x, x)
          deader = Neg(dead)
          y, where = MaxPool(x) {kernel_shape = [2, 2]}
        }
        """,
        "graph g(x: f32[1,2,4,4]) -> (y) {\n  y = MaxPool(x) {kernel_shape = [2, 2]}\n}");

    [Fact]
    public void A_result_that_an_operator_must_have_stays() => PassRun.DoesNotFire(new EliminateDeadNodes(),
        "graph g(x: f32[4]) -> (a) {\n  const s: i64[2] = {1, 3}\n  a, b = Split(x, s) {axis = 0}\n}");

    [Fact]
    public void Duplicates_are_merged() => PassRun.Fires(new MergeDuplicates(),
        """
        graph g(x: f32[2]) -> (y, z) {
          const a: f32[1] = {2.0}
          const b: f32[1] = {2.0}
          p = Mul(x, a)
          q = Mul(x, b)
          r = Neg(p)
          s = Neg(q)
          y = Add(r, s)
          z = LeakyRelu(s) {alpha = 0.5}
        }
        """,
        """
        graph g(x: f32[2]) -> (y, z) {
          const a: f32[1] = {2.0}
          p = Mul(x, a)
          r = Neg(p)
          y = Add(r, r)
          z = LeakyRelu(r) {alpha = 0.5}
        }
        """);

    [Theory]
    [InlineData("a = RandomNormalLike(x)\n  b = RandomNormalLike(x)")]
    [InlineData("a = LeakyRelu(x) {alpha = 0.5}\n  b = LeakyRelu(x) {alpha = 0.25}")]
    [InlineData("a = acme::Draw(x)\n  b = acme::Draw(x)")]
    [InlineData("a = Neg(x)\n  b = Neg(x)")] // both are outputs
    public void Nodes_that_may_differ_are_not_merged(string nodes) => PassRun.DoesNotFire(new MergeDuplicates(),
        $"graph g(x: f32[2]) -> (a, b) {{\n  {nodes}\n}}");
}
