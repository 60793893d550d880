using GraphPartition.Compiler.Passes;
using GraphPartition.Compiler.Passes.Folding;
using GraphPartition.Compiler.Tests.Support;
using GraphPartition.Ir.Graphs;
using GraphPartition.Ir.Text;
using Xunit;

namespace GraphPartition.Compiler.Tests.Unit;

public sealed class FoldConstantsTests
{
    [Fact]
    public void Expressions_of_constants_become_constants() => PassRun.Fires(new FoldConstants(),
        """
        graph g(x: f32[2]) -> (y) {
          const a: f32[2] = {1.0, 4.0}
          b = Sqrt(a)
          c = Add(b, a)
          y = Mul(x, c)
        }
        """,
        "graph g(x: f32[2]) -> (y) {\n  const c: f32[2] = {2.0, 6.0}\n  y = Mul(x, c)\n}");

    [Fact]
    public void Bodies_are_folded_too_and_what_they_capture_counts() => PassRun.Fires(new FoldConstants(),
        """
        graph g(x: f32[2], c: bool[]) -> (y) {
          const a: f32[2] = {1.0, 4.0}
          y = If(c) {else_branch = graph e() -> (f) {
            f = Neg(x)
          }, then_branch = graph t() -> (h) {
            b = Sqrt(a)
            h = Mul(x, b)
          }}
        }
        """,
        """
        graph g(x: f32[2], c: bool[]) -> (y) {
          y = If(c) {else_branch = graph e() -> (f) {
            f = Neg(x)
          }, then_branch = graph t() -> (h) {
            const b: f32[2] = {1.0, 2.0}
            h = Mul(x, b)
          }}
        }
        """);

    [Fact]
    public void A_node_whose_body_is_random_stays() => Assert.Single(PassRun.Of(
        """
        graph g() -> (y) {
          const c: bool[] = {true}
          y = If(c) {else_branch = graph e() -> (f) {
            f = RandomNormal() {shape = [2]}
          }, then_branch = graph t() -> (h) {
            h = RandomUniform() {shape = [2]}
          }}
        }
        """, new FoldConstants()).Graph.Nodes);

    [Fact]
    public void Sequences_on_the_way_are_computed_and_optional_values_stay()
    {
        PassRun run = PassRun.Of(
            """
            graph g() -> (y, o) {
              const a: f32[2] = {1.0, 4.0}
              s = SequenceConstruct(a, a)
              y = ConcatFromSequence(s) {axis = 0}
              o = Optional(s)
            }
            """, new FoldConstants());
        Assert.Equal(["SequenceConstruct", "Optional"], run.Graph.Nodes.Select(n => n.Op.Type));
        Assert.Empty(run.Context.Scope.Diagnostics);
    }

    [Fact]
    public void Shapes_need_no_evaluator()
    {
        PassRun run = PassRun.Of(
            """
            graph g(x: f32[N,3,4]) -> (y) {
              const one: i64[1] = {1}
              s = Shape(x)
              d = Gather(s, one)
              y = Add(d, one)
            }
            """, new FoldConstants(), evaluator: new Broken());
        Assert.Contains("y: i64[1] = {4}", GraphPrinter.Print(run.Graph), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("y = RandomNormal() {shape = [2]}", "random or unknown")]
    [InlineData("y = acme::Unknown(c)", "random or unknown")]
    [InlineData("y = QuantizeLinear(c, s)", "quantized")]
    [InlineData("y = Tile(c, n)", "the limit is")]
    public void Some_constants_stay_expressions(string node, string reason)
    {
        PassRun run = PassRun.Of(
            $$"""
            graph g() -> (y) {
              const c: f32[2] = {1.0, 2.0}
              const s: f32[] = {0.5}
              const n: i64[1] = {1000}
              {{node}}
            }
            """, new FoldConstants(), foldLimit: 100);
        Assert.Single(run.Graph.Nodes);
        Assert.Contains(run.Reasons, r => r.Contains(reason, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("acme::Counter")]
    [InlineData("com.microsoft::NoSuchOperator")]
    [InlineData("com.microsoft::EPContext")]
    [InlineData("RandomNormalLike")]
    public void An_operator_that_may_have_a_state_is_neither_folded_nor_merged_with_its_twin(string op)
    {
        Model model = PassRun.Parse(
            $$"""
            graph g() -> (y) {
              const c: f32[2] = {1.0, 2.0}
              a: f32[2] = {{op}}(c)
              b: f32[2] = {{op}}(c)
              y = Sub(a, b)
            }
            """);
        Assert.Equal(3, PassRun.Of(model, Pipeline.Standard).Graph.Nodes.Length);
    }

    [Fact]
    public void A_weight_may_be_transposed_at_any_fold_limit()
    {
        PassRun run = PassRun.Of(
            """
            graph g(x: f32[1,2]) -> (y) {
              const w: f32[2,2] = {1.0, 2.0, 3.0, 4.0}
              t = Transpose(w)
              y = MatMul(x, t)
            }
            """, new FoldConstants(), foldLimit: 0);
        Assert.Single(run.Graph.Nodes);
    }

    [Fact]
    public void An_evaluator_that_fails_leaves_the_node_with_a_warning()
    {
        PassRun run = PassRun.Of("graph g() -> (y) {\n  const c: f32[1] = {0.5}\n  y = Sqrt(c)\n}", new FoldConstants(),
            evaluator: new Broken());
        Assert.Single(run.Graph.Nodes);
        Assert.Equal("GP3004", Assert.Single(run.Context.Scope.Diagnostics).Code.Id);
        Assert.Contains(run.Reasons, r => r.Contains("out of order", StringComparison.Ordinal));
    }

    [Fact]
    public void One_bad_expression_does_not_spoil_the_others()
    {
        PassRun run = PassRun.Of(
            """
            graph g() -> (y, z) {
              const c: f32[1] = {0.5}
              const s: i64[1] = {7}
              z = Reshape(c, s)
              y = Sqrt(c)
            }
            """.Replace("Reshape", "Expand", StringComparison.Ordinal), new FoldConstants());
        Assert.Empty(run.Graph.Nodes);
        run = PassRun.Of("graph g() -> (y, z) {\n  const c: f32[1] = {0.5}\n  const k: i64[1] = {4}\n  i = Add(k, k)\n  z = Gather(c, i)\n  y = Sqrt(c)\n}",
            new FoldConstants());
        Assert.Equal("Gather", Assert.Single(run.Graph.Nodes).Op.Type);
    }

    [Theory]
    [InlineData("true", "Relu")]
    [InlineData("false", "Neg")]
    public void An_if_with_a_constant_condition_becomes_its_branch(string condition, string op) => PassRun.Fires(new InlineConstantIf(),
        $$$"""
        graph g(x: f32[2]) -> (y) {
          const c: bool[] = { {{{condition}}} }
          a = Abs(x)
          y = If(c) {else_branch = graph e() -> (f) {
            f = Neg(a)
          }, then_branch = graph t() -> (h) {
            h = Relu(a)
          }}
        }
        """,
        $"graph g(x: f32[2]) -> (y) {{\n  a = Abs(x)\n  y = {op}(a)\n}}");

    [Fact]
    public void A_computed_condition_does_not_remove_the_If() => PassRun.DoesNotFire(new InlineConstantIf(),
        """
        graph g(x: f32[2], c: bool[]) -> (y) {
          y = If(c) {else_branch = graph e() -> (f) {
            f = Neg(x)
          }, then_branch = graph t() -> (h) {
            h = Relu(x)
          }}
        }
        """);

    private sealed class Broken : IConstantEvaluator
    {
        public Evaluation Evaluate(Model model) => Evaluation.Failed("out of order");
    }
}
