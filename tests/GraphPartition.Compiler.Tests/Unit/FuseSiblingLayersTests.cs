using GraphPartition.Compiler.Passes.Siblings;
using GraphPartition.Compiler.Tests.Support;
using Xunit;

namespace GraphPartition.Compiler.Tests.Unit;

public sealed class FuseSiblingLayersTests
{
    [Fact]
    public void Products_with_biases_and_an_activation_become_one() => PassRun.Fires(FuseSiblings.Layers,
        """
        graph g(x: f32[N,2,2]) -> (y, z) {
          const v: f32[2,2] = {1.0, 2.0, 3.0, 4.0}
          const w: f32[2,1] = {5.0, 6.0}
          const b: f32[2] = {0.5, 0.25}
          const c: f32[1] = {-1.0}
          p = MatMul(x, v)
          q = Add(p, b)
          y = Relu(q)
          r = MatMul(x, w)
          s = Add(c, r)
          z = Relu(s)
        }
        """,
        """
        graph g(x: f32[N,2,2]) -> (y, z) {
          const v_1: f32[2,3] = {1.0, 2.0, 5.0, 3.0, 4.0, 6.0}
          const p_fused_bias: f32[3] = {0.5, 0.25, -1.0}
          const p_fused_sizes: i64[2] = {2, 1}
          p_fused = MatMul(x, v_1)
          p_fused_biased = Add(p_fused, p_fused_bias)
          p_fused_active = Relu(p_fused_biased)
          y, z = Split(p_fused_active, p_fused_sizes) {axis = 2}
        }
        """);

    [Fact]
    public void Convolutions_become_one_where_some_have_a_bias() => PassRun.Fires(FuseSiblings.Convolutions,
        """
        graph g(x: f32[1,1,2,2]) -> (a, b, c) {
          const v: f32[1,1,1,1] = {1.0}
          const w: f32[2,1,1,1] = {2.0, 3.0}
          const u: f32[1,1,1,1] = {4.0}
          const k: f32[1] = {0.5}
          a = Conv(x, v)
          b = Conv(x, w)
          c = Conv(x, u, k)
        }
        """,
        """
        graph g(x: f32[1,1,2,2]) -> (a, b, c) {
          const v_1: f32[4,1,1,1] = {1.0, 2.0, 3.0, 4.0}
          const a_fused_bias: f32[4] = {0.0, 0.0, 0.0, 0.5}
          const a_fused_sizes: i64[3] = {1, 2, 1}
          a_fused = Conv(x, v_1, a_fused_bias)
          a, b, c = Split(a_fused, a_fused_sizes) {axis = 1}
        }
        """);

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void Gemms_become_one_in_either_layout(int transposed) => PassRun.Fires(FuseSiblings.Layers,
        $$"""
        graph g(x: f32[3,2]) -> (a, b, c) {
          const u: f32[2,2] = {1.0, 2.0, 3.0, 4.0}
          const v: f32[2,2] = {5.0, 6.0, 7.0, 8.0}
          const w: f32[2,2] = {9.0, 10.0, 11.0, 12.0}
          a = Gemm(x, u) {transB = {{transposed}} }
          b = Gemm(x, v) {transB = {{transposed}} }
          c = Gemm(x, w) {transB = {{transposed}} }
        }
        """,
        $$"""
        graph g(x: f32[3,2]) -> (a, b, c) {
          const u_1: f32[{{(transposed == 1 ? "6,2] = {1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0, 10.0, 11.0, 12.0}" : "2,6] = {1.0, 2.0, 5.0, 6.0, 9.0, 10.0, 3.0, 4.0, 7.0, 8.0, 11.0, 12.0}")}}
          const a_fused_sizes: i64[3] = {2, 2, 2}
          a_fused = Gemm(x, u_1) {transB = {{transposed}} }
          a, b, c = Split(a_fused, a_fused_sizes) {axis = 1}
        }
        """);

    [Theory]
    [InlineData("Conv(x, w) {pads = [1, 1, 1, 1]}", "")] // works on other places
    [InlineData("Conv(x, d) {group = 2}", "")]
    [InlineData("Conv(x, v)", "")] // a weight that both use
    [InlineData("Conv(y, w)", "")] // another input
    [InlineData("Conv(x, w)", "would save")] // one launch less, and one more
    public void Other_nodes_stay(string other, string reason) => PassRun.DoesNotFire(FuseSiblings.Convolutions,
        $$"""
        graph g(x: f32[1,2,2,2], y: f32[1,2,2,2]) -> (a, b) {
          const v: f32[1,2,1,1] = {1.0, 2.0}
          const w: f32[1,2,1,1] = {2.0, 3.0}
          const d: f32[2,1,1,1] = {2.0, 3.0}
          a = Conv(x, v)
          b = {{other}}
        }
        """, reason);

    [Fact]
    public void A_copy_larger_than_the_saving_is_not_made() =>
        PassRun.DoesNotFire(FuseSiblings.Convolutions, ThreeConvolutions(4000), "would save");

    [Fact]
    public void Convolutions_stay_in_the_standard_passes() => PassRun.DoesNotFire(FuseSiblings.Layers, ThreeConvolutions(2), "");

    private static string ThreeConvolutions(int size) =>
        $$"""
        graph g(x: f32[1,1,{{size}},{{size}}]) -> (a, b, c) {
          const u: f32[1,1,1,1] = {1.0}
          const v: f32[1,1,1,1] = {2.0}
          const w: f32[1,1,1,1] = {3.0}
          a = Conv(x, u)
          b = Conv(x, v)
          c = Conv(x, w)
        }
        """;
}
