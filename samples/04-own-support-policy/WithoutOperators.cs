using GraphPartition.Compiler.Tagging;
using GraphPartition.Foundation;
using GraphPartition.Ir.Graphs;

/// <summary>A policy that sends some operators to the fallback and lets another policy decide about all others.</summary>
/// <param name="rest">Decides about all other operators.</param>
/// <param name="types">The names of the operators that fall back.</param>
internal sealed class WithoutOperators(SupportPolicy rest, IReadOnlySet<string> types) : SupportPolicy
{
    /// <inheritdoc/>
    public override string Name => $"{rest.Name} without {string.Join(", ", types)}";

    /// <inheritdoc/>
    public override bool IsReal => rest.IsReal;

    /// <inheritdoc/>
    public override Verdict SupportOf(Node node, int index) =>
        types.Contains(node.Op.Type) ? Verdict.No($"this program keeps {node.Op.Type} out of engines", "without-operators")
            : rest.SupportOf(node, index);
}
