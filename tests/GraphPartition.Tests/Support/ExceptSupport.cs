using GraphPartition.Compiler.Tagging;
using GraphPartition.Ir.Graphs;

namespace GraphPartition.Tests.Support;

/// <summary>Every operator is supported but one.</summary>
internal sealed class ExceptSupport(string op) : SupportPolicy
{
    public override string Name => "except " + op;

    public override GraphPartition.Operators.TensorRt.Verdict SupportOf(Node node, int index) =>
        node.Op.Type == op ? GraphPartition.Operators.TensorRt.Verdict.No("not this one", "test") : GraphPartition.Operators.TensorRt.Verdict.Yes;
}
