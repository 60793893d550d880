using GraphPartition.Compiler.Passes.Loops;
using GraphPartition.Compiler.Tests.Support;
using Xunit;

namespace GraphPartition.Compiler.Tests.Unit;

public sealed class UnrollLoopsTests
{
    [Fact]
    public void A_loop_of_known_length_becomes_copies_of_its_body() => PassRun.Fires(new UnrollLoops(),
        """
        graph g(x: f32[2], k: f32[2]) -> (y) {
          const n: i64[] = {3}
          const c: bool[] = {true}
          y = Loop(n, c, x) {body = graph b(i: i64[], go: bool[], v: f32[2]) -> (on, w) {
            on = Identity(go)
            p = Mul(v, k)
            w = Add(p, x)
          }}
        }
        """,
        """
        graph g(x: f32[2], k: f32[2]) -> (y) {
          p_1 = Mul(x, k)
          w_1 = Add(p_1, x)
          p_2 = Mul(w_1, k)
          w_2 = Add(p_2, x)
          p_3 = Mul(w_2, k)
          y = Add(p_3, x)
        }
        """, unrollLimit: 3);

    [Fact]
    public void Scan_outputs_are_stacked() => PassRun.Fires(new UnrollLoops(),
        """
        graph g(x: f32[2]) -> (y, z) {
          const n: i64[] = {2}
          y, z = Loop(n, _, x) {body = graph b(i: i64[], go: bool[], v: f32[2]) -> (go, w, e) {
            w = Neg(v)
            f = Cast(i) {to = 1}
            e = Add(v, f)
          }}
        }
        """,
        """
        graph g(x: f32[2]) -> (y, z) {
          const i_1: i64[] = {0}
          const i_2: i64[] = {1}
          const z_axis: i64[1] = {0}
          w_1 = Neg(x)
          f_1 = Cast(i_1) {to = 1}
          e_1 = Add(x, f_1)
          y = Neg(w_1)
          f_2 = Cast(i_2) {to = 1}
          e_2 = Add(w_1, f_2)
          z_part = Unsqueeze(e_1, z_axis)
          z_part_1 = Unsqueeze(e_2, z_axis)
          z = Concat(z_part, z_part_1) {axis = 0}
        }
        """, unrollLimit: 2);

    [Fact]
    public void A_scan_reads_slices_backwards_if_its_directions_say_so() => PassRun.Fires(new UnrollLoops(),
        """
        graph g(s: f32[2], x: f32[3,2]) -> (y, z) {
          y, z = Scan(s, x) {body = graph b(v: f32[2], r: f32[2]) -> (w, e) {
            w = Add(v, r)
            e = Neg(w)
          }, num_scan_inputs = 1, scan_input_axes = [1], scan_input_directions = [1], scan_output_axes = [1], scan_output_directions = [1]}
        }
        """.Replace("f32[3,2]", "f32[2,2]", StringComparison.Ordinal),
        """
        graph g(s: f32[2], x: f32[2,2]) -> (y, z) {
          const r_index: i64[] = {1}
          const r_index_1: i64[] = {0}
          const z_axis: i64[1] = {1}
          r_1 = Gather(x, r_index) {axis = 1}
          w_1 = Add(s, r_1)
          e_1 = Neg(w_1)
          r_2 = Gather(x, r_index_1) {axis = 1}
          y = Add(w_1, r_2)
          e_2 = Neg(y)
          z_part = Unsqueeze(e_1, z_axis)
          z_part_1 = Unsqueeze(e_2, z_axis)
          z = Concat(z_part_1, z_part) {axis = 1}
        }
        """, unrollLimit: 2);

    [Theory]
    [InlineData("n", "go", 2, "runs 3 times, the limit is 2")]
    [InlineData("m", "go", 9, "trip count is not a constant")]
    [InlineData("n", "less", 9, "computes the condition")]
    public void Other_nodes_stay_with_a_reason(string trips, string condition, long limit, string reason) =>
        PassRun.DoesNotFire(new UnrollLoops(),
        $$$"""
        graph g(x: f32[], m: i64[]) -> (y) {
          const n: i64[] = {3}
          y = Loop({{{trips}}}, _, x) {body = graph b(i: i64[], go: bool[], v: f32[]) -> ({{{condition}}}, w) {
            w = Neg(v)
            less = Less(w, x)
          }}
        }
        """, reason, unrollLimit: limit);

    [Fact]
    public void Nothing_is_unrolled_by_default() => PassRun.DoesNotFire(new UnrollLoops(),
        """
        graph g(x: f32[]) -> (y) {
          const n: i64[] = {1}
          y = Loop(n, _, x) {body = graph b(i: i64[], go: bool[], v: f32[]) -> (go, w) {
            w = Neg(v)
          }}
        }
        """);

    [Fact]
    public void Bodies_inside_the_body_are_copied_too() => PassRun.Fires(new UnrollLoops(),
        """
        graph g(x: f32[], c: bool[]) -> (y) {
          const n: i64[] = {2}
          y = Loop(n, _, x) {body = graph b(i: i64[], go: bool[], v: f32[]) -> (go, w) {
            w = If(c) {else_branch = graph e() -> (f) {
              f = Neg(v)
            }, then_branch = graph t() -> (h) {
              h = Relu(v)
            }}
          }}
        }
        """,
        """
        graph g(x: f32[], c: bool[]) -> (y) {
          w_1 = If(c) {else_branch = graph e() -> (f_1) {
            f_1 = Neg(x)
          }, then_branch = graph t() -> (h_1) {
            h_1 = Relu(x)
          }}
          y = If(c) {else_branch = graph e() -> (f_2) {
            f_2 = Neg(w_1)
          }, then_branch = graph t() -> (h_2) {
            h_2 = Relu(w_1)
          }}
        }
        """, unrollLimit: 2);
}
