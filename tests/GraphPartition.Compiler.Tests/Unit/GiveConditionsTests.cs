using GraphPartition.Compiler.Passes.Loops;
using GraphPartition.Compiler.Tests.Support;
using Xunit;

namespace GraphPartition.Compiler.Tests.Unit;

public sealed class GiveConditionsTests
{
    [Fact]
    public void A_loop_whose_body_reads_the_condition_is_given_it() => PassRun.Fires(new GiveConditions(),
        """
        graph g(x: f32[2]) -> (y) {
          const n: i64[] = {3}
          y = Loop(n, _, x) {body = graph b(i: i64[], go: bool[], v: f32[2]) -> (on, w) {
            on = Identity(go)
            f = Cast(go) {to = 1}
            w = Add(v, f)
          }}
        }
        """,
        """
        graph g(x: f32[2]) -> (y) {
          const condition: bool[] = {true}
          const n: i64[] = {3}
          y = Loop(n, condition, x) {body = graph b(i: i64[], go: bool[], v: f32[2]) -> (on, w) {
            on = Identity(go)
            f = Cast(go) {to = 1}
            w = Add(v, f)
          }}
        }
        """);

    [Fact]
    public void A_loop_whose_body_may_end_it_is_given_the_condition() => PassRun.Fires(new GiveConditions(),
        """
        graph g(x: f32[2], k: bool[]) -> (y) {
          const n: i64[] = {3}
          y = Loop(n, _, x) {body = graph b(i: i64[], go: bool[], v: f32[2]) -> (on, w) {
            on = Not(k)
            w = Neg(v)
          }}
        }
        """,
        """
        graph g(x: f32[2], k: bool[]) -> (y) {
          const condition: bool[] = {true}
          const n: i64[] = {3}
          y = Loop(n, condition, x) {body = graph b(i: i64[], go: bool[], v: f32[2]) -> (on, w) {
            on = Not(k)
            w = Neg(v)
          }}
        }
        """);

    [Theory]
    [InlineData("_", "const on: bool[] = {true}")] // it never ends early, and nobody reads the condition
    [InlineData("c", "on = Identity(go)")] // it is given one
    public void Other_loops_stay(string condition, string goesOn) => PassRun.DoesNotFire(new GiveConditions(), $$$"""
        graph g(x: f32[2], c: bool[]) -> (y) {
          const n: i64[] = {3}
          y = Loop(n, {{{condition}}}, x) {body = graph b(i: i64[], go: bool[], v: f32[2]) -> (on, w) {
            {{{goesOn}}}
            w = Neg(v)
          }}
        }
        """);
}
