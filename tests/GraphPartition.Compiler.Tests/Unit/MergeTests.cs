using GraphPartition.Compiler.Passes.Elimination;
using GraphPartition.Compiler.Passes.Reshapes;
using GraphPartition.Compiler.Tests.Support;
using Xunit;

namespace GraphPartition.Compiler.Tests.Unit;

public sealed class MergeTests
{
    [Fact]
    public void Transposes_compose() => PassRun.Fires(new MergeTransposes(),
        """
        graph g(x: f32[2,3,4]) -> (y) {
          a = Transpose(x) {perm = [1, 0, 2]}
          y = Transpose(a) {perm = [2, 1, 0]}
        }
        """,
        "graph g(x: f32[2,3,4]) -> (y) {\n  y = Transpose(x) {perm = [2, 0, 1]}\n}");

    [Fact]
    public void Transposes_cancel() => PassRun.Fires(new MergeTransposes(),
        """
        graph g(x: f32[2,3,4]) -> (y) {
          a = Transpose(x) {perm = [1, 2, 0]}
          b = Transpose(a) {perm = [2, 0, 1]}
          y = Neg(b)
        }
        """,
        "graph g(x: f32[2,3,4]) -> (y) {\n  y = Neg(x)\n}");

    [Fact]
    public void A_transpose_between_a_folding_and_an_unfolding_reshape_remains_alone() => PassRun.Fires(new UnwrapTransposes(),
        """
        graph g(x: f32[N,4,5,6]) -> (y) {
          const folded: i64[3] = {-1, 5, 6}
          const unfolded: i64[4] = {-1, 4, 6, 5}
          a = Reshape(x, folded)
          b = Transpose(a) {perm = [0, 2, 1]}
          c: f32[N,4,6,5] = Reshape(b, unfolded)
          y = Neg(c)
        }
        """,
        "graph g(x: f32[N,4,5,6]) -> (y) {\n  c = Transpose(x) {perm = [0, 1, 3, 2]}\n  y = Neg(c)\n}");

    [Theory]
    [InlineData("2, 5, 12", "0, 2, 1", "2, 4, 3, 5")] // one moved axis is a fold of two
    [InlineData("2, 20, 3", "0, 2, 1", "2, 3, 4, 5")] // unfolds another axis
    [InlineData("4, 10, 3", "1, 0, 2", "2, 5, 4, 3")] // moves the folded axis
    public void A_transpose_between_other_reshapes_stays(string folded, string perm, string unfolded) =>
    PassRun.DoesNotFire(new UnwrapTransposes(),
        $$"""
        graph g(x: f32[2,5,4,3]) -> (y) {
          const folded: i64[3] = { {{folded}} }
          const unfolded: i64[4] = { {{unfolded}} }
          a = Reshape(x, folded)
          b = Transpose(a) {perm = [{{perm}}]}
          y = Reshape(b, unfolded)
        }
        """);

    [Fact]
    public void A_transpose_alone_stays() => PassRun.DoesNotFire(new MergeTransposes(),
        "graph g(x: f32[2,3]) -> (y) {\n  a = Transpose(x)\n  y = Neg(a)\n}");

    [Fact]
    public void Reshapes_become_one() => PassRun.Fires(new MergeReshapes(),
        """
        graph g(x: f32[N,3,4]) -> (y) {
          const s: i64[3] = {-1, 4, 3}
          const axes: i64[1] = {1}
          a = Reshape(x, s)
          b = Unsqueeze(a, axes)
          y = Flatten(b) {axis = 1}
        }
        """,
        "graph g(x: f32[N,3,4]) -> (y) {\n  const y_shape: i64[2] = {0, 12}\n  y = Reshape(x, y_shape)\n}");

    [Fact]
    public void Reshapes_there_and_back_cancel() => PassRun.Fires(new MergeReshapes(),
        """
        graph g(x: f32[N,1,4]) -> (y) {
          const axes: i64[1] = {1}
          a = Squeeze(x, axes)
          b = Unsqueeze(a, axes)
          y = Neg(b)
        }
        """,
        "graph g(x: f32[N,1,4]) -> (y) {\n  y = Neg(x)\n}");

    [Theory]
    [InlineData("Unsqueeze(x, zero)", "Unsqueeze(a, minus)", "Unsqueeze", "0, 3")]
    [InlineData("Unsqueeze(x, two)", "Unsqueeze(a, zero)", "Unsqueeze", "0, 3")]
    [InlineData("Squeeze(y, zero)", "Squeeze(a, minus)", "Squeeze", "0, 3")]
    public void Axes_that_are_put_in_or_dropped_need_no_known_dimension(string first, string second, string op, string axes) =>
        PassRun.Fires(new MergeReshapes(),
        $$"""
        graph g(x: f32[N,M], y: f32[1,K,L,1]) -> (z) {
          const zero: i64[1] = {0}
          const two: i64[1] = {2}
          const minus: i64[1] = {-1}
          a = {{first}}
          z = {{second}}
        }
        """,
        $"graph g(x: f32[N,M], y: f32[1,K,L,1]) -> (z) {{\n  const z_axes: i64[{axes.Split(',').Length}] = {{{axes}}}\n  z = {op}({(op == "Squeeze" ? "y" : "x")}, z_axes)\n}}");

    [Fact]
    public void Axes_that_are_put_in_and_dropped_again_cancel() => PassRun.Fires(new MergeReshapes(),
        """
        graph g(x: f32[?,?]) -> (y) {
          const axes: i64[2] = {0, 2}
          const last: i64[1] = {1}
          const zero: i64[1] = {0}
          a = Unsqueeze(x, axes)
          b = Squeeze(a, zero)
          c = Squeeze(b, last)
          y = Neg(c)
        }
        """,
        "graph g(x: f32[?,?]) -> (y) {\n  y = Neg(x)\n}");

    [Fact]
    public void Shapes_of_two_open_dimensions_stay() => PassRun.DoesNotFire(new MergeReshapes(),
        """
        graph g(x: f32[N,M,1]) -> (y) {
          const axes: i64[1] = {0}
          const last: i64[1] = {-1}
          a = Unsqueeze(x, axes)
          y = Squeeze(a, last)
        }
        """);

    [Theory]
    [InlineData("f16", 1, 11, "Cast(x) {to = 11}")] // through f32 to f64
    [InlineData("i32", 7, 1, "Cast(x) {to = 1}")]
    [InlineData("u8", 6, 7, "Cast(x) {to = 7}")]
    public void A_cast_that_loses_nothing_is_skipped(string from, int middle, int to, string merged) => PassRun.Fires(new MergeCasts(),
        $$"""
        graph g(x: {{from}}[2]) -> (y) {
          a = Cast(x) {to = {{middle}}}
          y = Cast(a) {to = {{to}}}
        }
        """,
        $"graph g(x: {from}[2]) -> (y) {{\n  y = {merged}\n}}");

    [Theory]
    [InlineData("f32", 10, 1)] // f16 loses digits
    [InlineData("f32", 7, 1)] // an integer loses fractions
    [InlineData("i64", 1, 7)] // f32 has 24 digits
    [InlineData("i32", 11, 3)] // what a double beyond 127 becomes is not defined
    public void A_cast_that_may_lose_something_stays(string from, int middle, int to) => PassRun.DoesNotFire(new MergeCasts(),
        $$"""
        graph g(x: {{from}}[2]) -> (y) {
          a = Cast(x) {to = {{middle}}}
          y = Cast(a) {to = {{to}}}
        }
        """, "may lose");

    [Fact]
    public void A_shape_that_is_computed_becomes_a_constant() => PassRun.Fires(new ReshapeFromShape(),
        """
        graph g(x: f32[N,6]) -> (y) {
          const zero: i64[1] = {0}
          const rest: i64[2] = {2, 3}
          s = Shape(x)
          n = Gather(s, zero)
          t = Concat(n, rest) {axis = 0}
          y = Reshape(x, t)
        }
        """,
        "graph g(x: f32[N,6]) -> (y) {\n  const y_shape: i64[3] = {0, 2, 3}\n  y = Reshape(x, y_shape)\n}");

    [Fact]
    public void An_expansion_along_known_dimensions_needs_no_shape() => PassRun.Fires(new ReshapeFromShape(),
        """
        graph g(x: f32[N,1]) -> (y) {
          const zero: i64[1] = {0}
          const rest: i64[1] = {5}
          s = Shape(x)
          n = Gather(s, zero)
          t = Concat(n, rest) {axis = 0}
          y = Expand(x, t)
        }
        """,
        "graph g(x: f32[N,1]) -> (y) {\n  const y_shape: i64[2] = {1, 5}\n  y = Expand(x, y_shape)\n}");

    [Fact]
    public void A_shape_from_an_input_stays() => PassRun.DoesNotFire(new ReshapeFromShape(),
        "graph g(x: f32[4,1], s: i64[2]) -> (y) {\n  y = Expand(x, s)\n}", "not enough of the shape");
}
