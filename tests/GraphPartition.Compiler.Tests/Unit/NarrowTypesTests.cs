using GraphPartition.Compiler.Passes;
using GraphPartition.Compiler.Passes.Narrowing;
using GraphPartition.Compiler.Tagging;
using GraphPartition.Compiler.Tests.Support;
using GraphPartition.Foundation;
using GraphPartition.Operators;
using GraphPartition.Operators.TensorRt;
using Xunit;

namespace GraphPartition.Compiler.Tests.Unit;

public sealed class NarrowTypesTests
{
    private static readonly TensorRtTarget Old = new(new(8, 6)), Lossy = Old with { AllowsInt64AsInt32 = true, AllowsDoubleAsFloat = true };

    [Fact]
    public void Numbers_that_are_proved_to_fit_are_computed_in_32_bits()
    {
        PassRun run = PassRun.Fires(new NarrowTypes(),
            """
            graph g(x: f32[2,8], k: i32[2]) -> (y, z) {
              const one: i64[1] = {1}
              const nine: i64[] = {9}
              m = ArgMax(x) {axis = 1, keepdims = 0}
              c = Cast(k) {to = 7}
              n = Mod(c, nine)
              a = Add(m, n)
              y = Add(a, one)
              z = Cast(a) {to = 1}
            }
            """,
            """
            graph g(x: f32[2,8], k: i32[2]) -> (y, z) {
              const nine_i32: i32[] = {9}
              const one_i32: i32[1] = {1}
              m = ArgMax(x) {axis = 1, keepdims = 0}
              n_i32 = Mod(k, nine_i32)
              m_i32 = Cast(m) {to = 6}
              a_i32 = Add(m_i32, n_i32)
              y_i32 = Add(a_i32, one_i32)
              z = Cast(a_i32) {to = 1}
              y = Cast(y_i32) {to = 7}
            }
            """, target: Old);
        Assert.All(new TableSupport(OperatorTable.Default, Old).Tag(run.Graph), t => Assert.True(t.IsYes, t.Reason)); // the casts too
    }

    [Fact]
    public void Numbers_that_are_only_indices_need_no_proof() => PassRun.Fires(new NarrowTypes(),
        """
        graph g(ids: i64[1]) -> (y) {
          const table: f32[3,2] = {1.0, 2.0, 3.0, 4.0, 5.0, 6.0}
          const axis: i64[1] = {0}
          u = Unsqueeze(ids, axis)
          y = Gather(table, u)
        }
        """,
        """
        graph g(ids: i64[1]) -> (y) {
          const table: f32[3,2] = {1.0, 2.0, 3.0, 4.0, 5.0, 6.0}
          const axis: i64[1] = {0}
          ids_i32 = Cast(ids) {to = 6}
          u_i32 = Unsqueeze(ids_i32, axis)
          y = Gather(table, u_i32)
        }
        """, target: Old);

    /// <summary>An index outside of its table is an error, so in a run that gives results it needs no 64 bits.</summary>
    [Theory]
    [InlineData("y = Gather(table, ids)", true)]
    [InlineData("u = Unsqueeze(ids, zero)\n  y = Gather(table, u)", true)]
    [InlineData("y = Neg(table)", false)]
    public void An_index_is_bounded_by_its_table(string use, bool isBounded)
    {
        string text = $$"""
            graph g(ids: i64[4]) -> (y, mask, next) {
              const table: f32[3,2] = {1.0, 2.0, 3.0, 4.0, 5.0, 6.0}
              const zero: i64[1] = {0}
              {{use}}
              mask = Equal(ids, zero)
              n = Sub(ids, zero)
              next = Cast(n) {to = 1}
            }
            """;
        PassRun run = PassRun.Of(PassRun.Parse(text), new Pipeline("one", new NarrowTypes()), target: Old);
        foreach (string op in new[] { "Equal", "Sub" })
            Assert.Equal(isBounded ? ElementType.Int32 : ElementType.Int64, run.Graph.Nodes.Single(n => n.Op.Is(op)).Input(0)!.ElementType);
    }

    [Theory]
    [InlineData("y = Mul(ids, ids)")]
    [InlineData("b = Cast(f) {to = 7}\n  y = Neg(b)")] // a float may be any number
    [InlineData("y = Add(big, ids)")]
    public void Values_that_may_be_large_stay(string nodes) => PassRun.DoesNotFire(new NarrowTypes(),
        $$"""
        graph g(ids: i64[2], f: f32[2]) -> (y) {
          const big: i64[1] = {4294967296}
          {{nodes}}
        }
        """, "out of the range of i32", target: Old);

    [Fact]
    public void A_release_with_64_bit_integers_needs_no_narrowing() => PassRun.DoesNotFire(new NarrowTypes(),
        "graph g(k: i32[2]) -> (y) {\n  c = Cast(k) {to = 7}\n  y = Neg(c)\n}");

    [Fact]
    public void Shape_arithmetic_stays_in_64_bits() => PassRun.DoesNotFire(new NarrowTypes(),
        """
        graph g(x: f32[N,4]) -> (y) {
          const at: i64[1] = {0}
          const two: i64[2] = {2, 2}
          s = Shape(x)
          n = Gather(s, at)
          t = Concat(n, two) {axis = 0}
          y = Reshape(x, t)
        }
        """, target: Old);

    [Fact]
    public void Doubles_that_floats_hold_exactly_become_floats() => PassRun.Fires(new NarrowTypes(),
        """
        graph g(x: f32[3]) -> (y) {
          const half: f64[] = {0.5}
          d = Cast(x) {to = 11}
          m = Max(d, half)
          f = Floor(m)
          y = Cast(f) {to = 1}
        }
        """,
        """
        graph g(x: f32[3]) -> (y) {
          const half_f32: f32[] = {0.5}
          m_f32 = Max(x, half_f32)
          y = Floor(m_f32)
        }
        """);

    [Theory]
    [InlineData("m = Mul(d, d)")] // rounds
    [InlineData("m = Add(d, tenth)")] // 0.1 is no float
    [InlineData("m = Sqrt(d)")]
    public void Doubles_whose_digits_count_stay(string node) => PassRun.DoesNotFire(new NarrowTypes(),
        $$"""
        graph g(x: f32[3]) -> (y) {
          const tenth: f64[] = {0.1}
          d = Cast(x) {to = 11}
          {{node}}
          y = Cast(m) {to = 1}
        }
        """, "--allow-narrowing");

    [Fact]
    public void Allowed_types_are_narrowed_without_proof()
    {
        const string Text = "graph g(x: f64[3], i: i64[3]) -> (y, j) {\n  y = Sqrt(x)\n  j = Mul(i, i)\n}";
        PassRun.DoesNotFire(new NarrowTypes(), Text, target: Old);
        PassRun run = PassRun.Of(PassRun.Parse(Text), new Pipeline("one", new NarrowTypes()), target: Lossy);
        Assert.Equal(["Cast", "Sqrt", "Cast", "Mul", "Cast", "Cast"], run.Graph.Nodes.Select(n => n.Op.Type));
    }
}
