using GraphPartition.Compiler.Tagging;
using GraphPartition.Foundation;
using GraphPartition.Ir.Graphs;

namespace GraphPartition.Tests.Support;

/// <summary>Every operator is supported but one.</summary>
internal sealed class ExceptSupport(string op) : SupportPolicy
{
    public override string Name => "except " + op;

    public override Verdict SupportOf(Node node, int index) =>
        node.Op.Type == op ? Verdict.No("not this one", "test") : Verdict.Yes;
}
