using GraphPartition.ExecutionProvider.Graphs;
using GraphPartition.ExecutionProvider.Options;

namespace GraphPartition.ExecutionProvider.Contexts;

/// <summary>Nodes that stand for groups of ours: EPContext nodes that this provider wrote, and groups of files that gpc compiled.</summary>
internal static class OwnNode
{
    /// <summary>The operator and the domain of EPContext nodes (ONNX Runtime, EP-Context-Design).</summary>
    public const string ContextOp = "EPContext", ContextDomain = "com.microsoft";

    /// <summary>Whether a node is an EPContext node, of any provider.</summary>
    public static bool IsAnyContext(HostNode node) => node.Op == ContextOp && node.Domain == ContextDomain;

    /// <summary>Whether this provider wrote an EPContext node. Nodes without a source belong to the provider that claims them.</summary>
    public static bool IsContext(OrtHost ort, HostNode node) =>
        IsAnyContext(node) && HostAttribute.TextOf(ort, node, "source") == ProviderIdentity.Name;

    /// <summary>Whether a node is the call of a group in a compiled file.</summary>
    public static bool IsCall(HostNode node) => node.Domain == CompiledModelFormat.Domain;
}
