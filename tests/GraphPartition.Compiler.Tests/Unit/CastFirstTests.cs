using GraphPartition.Compiler.Passes.Elimination;
using GraphPartition.Compiler.Passes.Expanding;
using GraphPartition.Compiler.Passes.Infrastructure;
using GraphPartition.Compiler.Tests.Support;
using GraphPartition.Foundation;
using Xunit;

namespace GraphPartition.Compiler.Tests.Unit;

public sealed class CastFirstTests
{
    /// <summary>Takes no node that computes 8-bit integers.</summary>
    private static readonly Lacking NoBytes = new(n => n.Output(0)!.ElementType is ElementType.UInt8 or ElementType.Int8);

    private static readonly FixedPoint Passes = new(8, new CastFirst(NoBytes), new EliminateDeadNodes());

    [Fact]
    public void An_image_is_cast_before_it_is_sliced_and_transposed() => PassRun.Fires(Passes,
        """
        graph g(x: u8[1,8,8,3]) -> (y) {
          const from: i64[1] = {2}
          const to: i64[1] = {6}
          const axis: i64[1] = {1}
          a = Slice(x, from, to, axis)
          b = Transpose(a) {perm = [0, 3, 1, 2]}
          y = Cast(b) {to = 1}
        }
        """,
        """
        graph g(x: u8[1,8,8,3]) -> (y) {
          const from: i64[1] = {2}
          const to: i64[1] = {6}
          const axis: i64[1] = {1}
          y_cast_cast = Cast(x) {to = 1}
          y_cast = Slice(y_cast_cast, from, to, axis)
          y = Transpose(y_cast) {perm = [0, 3, 1, 2]}
        }
        """);

    [Fact]
    public void A_table_of_bytes_is_dequantized_before_rows_are_taken() => PassRun.Fires(Passes,
        """
        graph g(t: i8[10,4], i: i64[3]) -> (y) {
          const scale: f32[] = {0.5}
          a = Gather(t, i)
          y = DequantizeLinear(a, scale)
        }
        """,
        """
        graph g(t: i8[10,4], i: i64[3]) -> (y) {
          const scale: f32[] = {0.5}
          y_cast = DequantizeLinear(t, scale)
          y = Gather(y_cast, i)
        }
        """);

    /// <summary>A larger number has a larger result, so the largest of a window stays the largest; both readers follow.</summary>
    [Fact]
    public void Windows_are_taken_of_real_numbers() => PassRun.Fires(Passes,
        """
        graph g(x: u8[1,1,4,4]) -> (y, z) {
          const scale: f32[] = {0.5}
          const zero: u8[] = {3}
          a = MaxPool(x) {kernel_shape = [2, 2]}
          y = DequantizeLinear(a, scale, zero)
          z = Cast(a) {to = 1}
        }
        """,
        """
        graph g(x: u8[1,1,4,4]) -> (y, z) {
          const scale: f32[] = {0.5}
          const zero: u8[] = {3}
          y_cast = DequantizeLinear(x, scale, zero)
          y = MaxPool(y_cast) {kernel_shape = [2, 2]}
          z_cast = Cast(x) {to = 1}
          z = MaxPool(z_cast) {kernel_shape = [2, 2]}
        }
        """);

    [Theory]
    [InlineData("const s: f32[] = {-0.5}\n  a = MaxPool(x) {kernel_shape = [2]}\n  y = DequantizeLinear(a, s)", "y")] // turns the order
    [InlineData("a = Transpose(x)\n  y = Cast(a) {to = 1}\n  z = Neg(a)", "y, z")] // somebody else uses the bytes
    [InlineData("y = Cast(x) {to = 1}", "y")]
    public void Other_casts_stay(string nodes, string outputs) =>
        PassRun.DoesNotFire(new CastFirst(NoBytes), $"graph g(x: i8[{(nodes.Contains("Pool", StringComparison.Ordinal) ? "1,2,3" : "2,3")}]) -> ({outputs}) {{\n  {nodes}\n}}");
}
