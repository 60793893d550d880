using GraphPartition.Compiler.Passes.Elimination;
using GraphPartition.Compiler.Passes.Expanding;
using GraphPartition.Compiler.Passes.Infrastructure;
using GraphPartition.Compiler.Tests.Support;
using Xunit;

namespace GraphPartition.Compiler.Tests.Unit;

public sealed class FewerAxesTests
{
    /// <summary>Takes no more than eight dimensions.</summary>
    private static readonly Lacking Eight = new(n => n.Inputs.Concat(n.Outputs).Any(v => v?.Shape?.Rank > 8));

    private static readonly FixedPoint Passes = new(4, new FewerAxes(Eight), new EliminateDeadNodes());

    [Fact]
    public void Axes_of_size_1_move_nothing() => PassRun.Fires(Passes,
        """
        graph g(x: f32[4,6]) -> (y) {
          const split: i64[9] = {2, 2, 1, 2, 3, 1, 1, 1, 1}
          const flat: i64[2] = {12, 2}
          a = Reshape(x, split)
          b = Transpose(a) {perm = [0, 3, 2, 1, 4, 5, 6, 7, 8]}
          y = Reshape(b, flat)
        }
        """,
        """
        graph g(x: f32[4,6]) -> (y) {
          const y_from: i64[4] = {2, 2, 2, 3}
          const y_to: i64[2] = {12, 2}
          y_split = Reshape(x, y_from)
          y_turned = Transpose(y_split) {perm = [0, 2, 1, 3]}
          y = Reshape(y_turned, y_to)
        }
        """);

    [Fact]
    public void Neighbors_move_as_one_and_one_size_may_be_open() => PassRun.Fires(Passes,
        """
        graph g(x: f32[n,64]) -> (y) {
          const split: i64[9] = {0, 2, 2, 2, 2, 2, 2, 1, 1}
          const flat: i64[2] = {-1, 64}
          a = Reshape(x, split)
          b = Transpose(a) {perm = [0, 4, 5, 6, 1, 2, 3, 7, 8]}
          y = Reshape(b, flat)
        }
        """,
        """
        graph g(x: f32[n,64]) -> (y) {
          const y_from: i64[3] = {-1, 8, 8}
          const y_to: i64[2] = {-1, 64}
          y_split = Reshape(x, y_from)
          y_turned = Transpose(y_split) {perm = [0, 2, 1]}
          y = Reshape(y_turned, y_to)
        }
        """);

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
