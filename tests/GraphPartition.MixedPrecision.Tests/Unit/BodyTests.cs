using GraphPartition.MixedPrecision.Tests.Support;
using GraphPartition.Onnx.Reading;
using Xunit;

namespace GraphPartition.MixedPrecision.Tests.Unit;

/// <summary>Bodies are converted by themselves: what crosses their edges keeps its type.</summary>
public sealed class BodyTests
{
    [Fact]
    public void A_branch_in_16_bits_and_one_in_fp32_give_one_type() => Runs(Conversion.Of("""
        graph g(x: f32[2,2], c: bool[]) -> (y) {
          h = MatMul(x, x) "h"
          y = If(c) {then_branch = graph t() -> (p) {
            p = MatMul(h, h) "p"
          }, else_branch = graph e() -> (s) {
            s = Sin(h) "s"
          }}
        }
        """), expectedLow: 2);

    [Fact]
    public void A_carried_state_keeps_its_type() => Runs(Conversion.Of("""
        graph g(x: f32[2,2]) -> (y) {
          const n: i64[] = {3}
          const t: bool[] = {true}
          const w: f32[2,2] = {0.5, 0.25, 0.25, 0.5}
          y = Loop(n, t, x) {body = graph b(i: i64[], c: bool[], s: f32[2,2]) -> (d, r) {
            d = Identity(c)
            m = MatMul(s, w) "m"
            r = Relu(m) "r"
          }}
        }
        """), expectedLow: 2);

    [Fact]
    public void A_captured_value_is_cast_once_outside()
    {
        Conversion conversion = Conversion.Of("""
            graph g(x: f32[2,2], c: bool[]) -> (y) {
              h = Sin(x) "h"
              y = If(c) {then_branch = graph t() -> (p) {
                p = MatMul(h, h) "p"
              }, else_branch = graph e() -> (s) {
                s = MatMul(h, h) "s"
              }}
            }
            """);
        Assert.Single(conversion.Model.Graph.Nodes, n => n.Op.Is("Cast"));
        Runs(conversion, expectedLow: 2);
    }

    private static void Runs(Conversion conversion, int expectedLow)
    {
        Assert.Equal(expectedLow, conversion.Report.Converted);
        Dictionary<string, DataValue> inputs = TestRun.Inputs(conversion.Before.Graph);
        DataValue[] full = Conversion.Run(conversion.Before, inputs), low = Conversion.Run(conversion.Emulated, inputs);
        Assert.Null(Nearness.Fault(full, low, q => q.Decibels > 40));
    }
}
