using System.Collections.Immutable;
using GraphPartition.Compiler.Explaining;
using GraphPartition.Compiler.Planning;
using GraphPartition.Foundation;
using GraphPartition.Ir.Graphs;
using GraphPartition.Operators;
using GraphPartition.Operators.TensorRt;

namespace GraphPartition.Gpc.Services;

/// <summary>Why a node is in an engine or in the fallback.</summary>
/// <param name="Node">The node.</param>
/// <param name="Op">Its operator.</param>
/// <param name="In">The node whose body contains it, or null.</param>
/// <param name="Supported">Whether an engine may take it.</param>
/// <param name="Reason">Why not.</param>
/// <param name="Rule">The rule that applies.</param>
/// <param name="Release">The first newer release that supports it.</param>
/// <param name="EnginesSaved">Engines saved if this node alone were supported.</param>
/// <param name="BoundaryTensorsSaved">Boundary tensors saved in that case.</param>
/// <param name="Releases">The verdict of the operator table for each release.</param>
internal sealed record NodeAnswer(
    string Node, string Op, string? In, bool Supported, string? Reason, string? Rule, string? Release, int EnginesSaved,
    int BoundaryTensorsSaved, ImmutableArray<ReleaseAnswer> Releases)
{
    public static NodeAnswer Of(PartitionPlan plan, NodePath path, OperatorTable operators, TensorRtTarget target)
    {
        (Node node, int index) = (path.Node, path.Index);
        Verdict tag = path.IsInBody ? operators.SupportOf(node, target) : plan.Placements[index];
        TensorRtRelease? release = tag.IsYes ? null
            : path.IsInBody ? operators.FirstReleaseThatSupports(node, target) : BlockerRanking.ReleaseFor(plan, index, operators, target);
        (int engines, int tensors) = !tag.IsYes && IsAllThatBlocks(plan, path, operators, target) ? new SupportTrial(plan, 1).SavedBy(index)
            : (0, 0);
        return new(
            node.DisplayName, node.Op.ToString(), path.IsInBody ? plan.Graph.Nodes[index].DisplayName
                : null, tag.IsYes, tag.Reason, tag.Rule,
            release?.ToString(), engines, tensors, ReleaseAnswer.All(operators, node, target));
    }

    /// <summary>
    /// Whether the node alone keeps its place out of engines. An unsupported node in a body keeps the node around it out, and so
    /// does every other unsupported node there.
    /// </summary>
    private static bool IsAllThatBlocks(PartitionPlan plan, NodePath path, OperatorTable operators, TensorRtTarget target) =>
        !path.IsInBody || (BodyCulprits.IsAboutBody(plan.Tags[path.Index])
            && BodyCulprits.Of(plan.Graph.Nodes[path.Index], operators, target).All(n => n == path.Node));
}

/// <summary>The verdict on a node that consecutive releases share, with one reason.</summary>
/// <param name="First">The first of the releases.</param>
/// <param name="Last">The last of them.</param>
/// <param name="Supported">Whether they support it.</param>
/// <param name="Reason">Why not.</param>
internal sealed record ReleaseAnswer(string First, string Last, bool Supported, string? Reason)
{
    /// <summary>The verdicts of all releases, oldest first.</summary>
    public static ImmutableArray<ReleaseAnswer> All(OperatorTable operators, Node node, TensorRtTarget target)
    {
        var answers = new List<(ReleaseAnswer Answer, string? Rule, bool IsRtx)>();
        foreach (var (release, support) in operators.SupportByRelease(node, target))
        {
            string name = release.ShortName;
            if (answers is [.., var (last, rule, isRtx)]
                && isRtx == release.IsRtx && last.Supported == support.IsYes && rule == support.Rule)
                answers[^1] = (last with { Last = name }, rule, isRtx);
            else answers.Add((new(name, name, support.IsYes, support.Reason), support.Rule, release.IsRtx));
        }
        return [.. answers.Select(a => a.Answer)];
    }
}
