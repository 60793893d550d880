using GraphPartition.Compiler.Passes.Sequences;
using GraphPartition.Compiler.Tests.Support;
using Xunit;

namespace GraphPartition.Compiler.Tests.Unit;

public sealed class SequencesToTensorsTests
{
    [Fact]
    public void A_constructed_sequence_is_concatenated() => PassRun.Fires(new SequencesToTensors(),
        """
        graph g(x: f32[2,3], z: f32[4,3]) -> (y) {
          s = SequenceConstruct(x, z)
          y = ConcatFromSequence(s) {axis = 0}
        }
        """,
        "graph g(x: f32[2,3], z: f32[4,3]) -> (y) {\n  y = Concat(x, z) {axis = 0}\n}");

    [Fact]
    public void An_optional_that_the_graph_shows_is_gone() => PassRun.Fires(new FoldOptionals(),
        """
        graph g(x: f32[3]) -> (y, z) {
          o = Optional(x)
          v = OptionalGetElement(o)
          y = Neg(v)
          h = OptionalHasElement(o)
          e = OptionalHasElement()
          z = Xor(h, e)
        }
        """,
        """
        graph g(x: f32[3]) -> (y, z) {
          const h_1: bool[] = {true}
          const e_1: bool[] = {false}
          y = Neg(x)
          z = Xor(h_1, e_1)
        }
        """);

    [Theory]
    [InlineData("y = OptionalHasElement(x)", "x: optional(f32[3])")]
    [InlineData("o = Identity(x)\n  y = OptionalGetElement(o)", "x: optional(f32[3])")]
    public void An_optional_that_only_a_run_tells_stays(string nodes, string inputs) =>
        PassRun.DoesNotFire(new FoldOptionals(), $"graph g({inputs}) -> (y) {{\n  {nodes}\n}}");

    [Fact]
    public void A_list_that_grows_is_stacked() => PassRun.Fires(new SequencesToTensors(),
        """
        graph g(x: f32[2,3], z: f32[2,3]) -> (y) {
          const front: i64[] = {0}
          e = SequenceEmpty()
          s = SequenceInsert(e, x)
          t = SequenceInsert(s, z, front)
          y = ConcatFromSequence(t) {axis = 1, new_axis = 1}
        }
        """,
        """
        graph g(x: f32[2,3], z: f32[2,3]) -> (y) {
          const y_axis: i64[1] = {1}
          z_unsqueezed = Unsqueeze(z, y_axis)
          x_unsqueezed = Unsqueeze(x, y_axis)
          y = Concat(z_unsqueezed, x_unsqueezed) {axis = 1}
        }
        """);

    [Fact]
    public void An_element_from_the_end_of_a_split_is_one_of_its_parts() => PassRun.Fires(new SequencesToTensors(),
        """
        graph g(x: f32[5,3]) -> (y) {
          const two: i64[] = {2}
          const last: i64[] = {-1}
          s = SplitToSequence(x, two)
          p = SequenceAt(s, last)
          y = Neg(p)
        }
        """,
        """
        graph g(x: f32[5,3]) -> (y) {
          const x_sizes: i64[3] = {2, 2, 1}
          x_part0, x_part1, x_part2 = Split(x, x_sizes) {axis = 0}
          y = Neg(x_part2)
        }
        """);

    [Theory]
    [InlineData("x: f32[N,3]", "s = SplitToSequence(x)\n  y = ConcatFromSequence(s) {axis = 0}")]
    [InlineData("x: f32[2,3], i: i64[]", "s = SequenceConstruct(x, x)\n  y = SequenceAt(s, i)")]
    public void Sequences_of_unknown_length_and_computed_places_stay(string inputs, string nodes) =>
        PassRun.DoesNotFire(new SequencesToTensors(), $"graph g({inputs}) -> (y) {{\n  {nodes}\n}}");
}
