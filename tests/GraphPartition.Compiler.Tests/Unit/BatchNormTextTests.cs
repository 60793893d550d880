using GraphPartition.Compiler.Passes.BatchNorm;
using GraphPartition.Compiler.Tests.Support;
using Xunit;

namespace GraphPartition.Compiler.Tests.Unit;

/// <summary>What the passes make of BatchNormalization, in numbers that can be checked by hand: scale 2 / sqrt(0.75 + 0.25) = 2.</summary>
public sealed class BatchNormTextTests
{
    [Fact]
    public void A_convolution_absorbs_it() => PassRun.Fires(new FoldBatchNorm(),
        """
        graph g(x: f32[1,1,2,2]) -> (y) {
          const w: f32[2,1,1,1] = {1.0, 3.0}
          const b: f32[2] = {0.5, 1.0}
          const gamma: f32[2] = {2.0, 4.0}
          const beta: f32[2] = {1.0, -1.0}
          const mean: f32[2] = {0.5, 2.0}
          const var: f32[2] = {0.75, 3.75}
          c = Conv(x, w, b)
          y = BatchNormalization(c, gamma, beta, mean, var) {epsilon = 0.25}
        }
        """,
        """
        graph g(x: f32[1,1,2,2]) -> (y) {
          const w_1: f32[2,1,1,1] = {2.0, 6.0}
          const b_1: f32[2] = {1.0, -3.0}
          y = Conv(x, w_1, b_1)
        }
        """);

    [Fact]
    public void With_another_reader_of_the_convolution_it_stays() => PassRun.DoesNotFire(new FoldBatchNorm(),
        """
        graph g(x: f32[1,1,2,2]) -> (y, c) {
          const w: f32[1,1,1,1] = {1.0}
          const k: f32[1] = {2.0}
          c = Conv(x, w)
          y = BatchNormalization(c, k, k, k, k)
        }
        """);

    [Fact]
    public void A_convolution_absorbs_additions_and_multiplications() => PassRun.Fires(new FuseAffineIntoConv(),
        """
        graph g(x: f32[1,1,2,2]) -> (y) {
          const w: f32[2,1,1,1] = {1.0, 3.0}
          const t: f32[2,1,1] = {1.0, -1.0}
          const s: f32[1] = {4.0}
          c = Conv(x, w)
          a = Add(c, t)
          y = Mul(s, a)
        }
        """,
        """
        graph g(x: f32[1,1,2,2]) -> (y) {
          const w_1: f32[2,1,1,1] = {4.0, 12.0}
          const c_bias: f32[2] = {4.0, -4.0}
          y = Conv(x, w_1, c_bias)
        }
        """);

    /// <summary>A quantization behind a layer would round other last bits to another step.</summary>
    [Fact]
    public void A_factor_in_front_of_a_rounding_stays() => PassRun.DoesNotFire(new FuseAffineIntoConv(), """
        graph g(x: f32[1,2]) -> (y) {
          const w: f32[2,2] = {1, 2, 3, 4}
          const s: f32[] = {0.3}
          c = MatMul(x, w)
          d = Div(c, s)
          y = Round(d)
        }
        """, "rounded to whole numbers");

    [Fact]
    public void Values_that_are_not_constant_stay() => PassRun.DoesNotFire(new FuseAffineIntoConv(),
        """
        graph g(x: f32[1,1,2,2], s: f32[1]) -> (y) {
          const w: f32[1,1,1,1] = {1.0}
          c = Conv(x, w)
          y = Mul(c, s)
        }
        """);

    [Fact]
    public void Without_a_neighbor_it_becomes_a_multiplication_and_an_addition() => PassRun.Fires(new DecomposeBatchNorm(),
        """
        graph g(x: f32[1,2,3]) -> (y) {
          const gamma: f32[2] = {2.0, 4.0}
          const beta: f32[2] = {1.0, -1.0}
          const mean: f32[2] = {0.5, 2.0}
          const var: f32[2] = {0.75, 3.75}
          y = BatchNormalization(x, gamma, beta, mean, var) {epsilon = 0.25}
        }
        """,
        """
        graph g(x: f32[1,2,3]) -> (y) {
          const y_scale: f32[2,1] = {2.0, 2.0}
          const y_shift: f32[2,1] = {0.0, -5.0}
          y_scaled = Mul(x, y_scale)
          y = Add(y_scaled, y_shift)
        }
        """);

    [Fact]
    public void In_training_mode_nothing_is_removed() => PassRun.DoesNotFire(new DecomposeBatchNorm(),
        """
        graph g(x: f32[1,2,3]) -> (y) {
          const k: f32[2] = {2.0, 4.0}
          y, mean, var = BatchNormalization(x, k, k, k, k) {training_mode = 1}
        }
        """, "training mode");
}
