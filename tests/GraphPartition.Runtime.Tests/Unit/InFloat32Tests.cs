using GraphPartition.Ir.Graphs;
using GraphPartition.Ir.Text;
using GraphPartition.Operators;
using GraphPartition.Runtime.Comparison;

namespace GraphPartition.Runtime.Tests.Unit;

public sealed class InFloat32Tests
{
    private const string Text = """
        graph g(x: f16[3], c: bool[]) -> (y, z) {
          const k: f16[3] = {1, 2, 3}
          a = Add(x, k)
          y: f16[3] = If(c) {
            then_branch = graph t() -> (p) { p: f16[3] = Mul(a, k) },
            else_branch = graph e() -> (q) { q: f16[3] = Cast(a) {to = 10} }
          }
          s: seq(f16[3]) = SequenceConstruct(a, y)
          const i: i64[] = {1}
          z: f16[3] = SequenceAt(s, i)
        }
        """;

    /// <summary>Every 16-bit type is gone, bodies and sequences too; nodes, names and the cut stay.</summary>
    [Fact]
    public void A_model_has_the_same_nodes_in_float32()
    {
        Model model = new(GraphParser.ParseGraph(Text, OperatorTable.Default));
        string wide = GraphPrinter.Print(InFloat32.Of(model).Graph);
        Assert.DoesNotContain("f16", wide, StringComparison.Ordinal);
        Assert.Equal(
            GraphPrinter.Print(model.Graph).Replace("f16", "f32", StringComparison.Ordinal).Replace("to = 10", "to = 1", StringComparison.Ordinal), wide);
    }
}
