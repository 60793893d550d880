using GraphPartition.Compiler.Tagging;
using GraphPartition.Ir;

namespace GraphPartition.Tests.Support;

/// <summary>Every operator is supported but one.</summary>
internal sealed class ExceptSupport(string op) : SupportPolicy
{
    public override string Name => "except " + op;

    public override Compiler.Operators.Support SupportOf(Node node, int index) =>
        node.Op.Type == op ? Compiler.Operators.Support.No("not this one", "test") : Compiler.Operators.Support.Yes;
}
