using GraphPartition.Compiler.Planning;
using GraphPartition.Compiler.Tagging;
using GraphPartition.Operators;
using GraphPartition.Operators.TensorRt;

namespace GraphPartition.Compiler.Explaining;

/// <summary>What a model needs in each release: its engines, its fallback, and which upgrade would change that.</summary>
/// <param name="Releases">One row for each release, TensorRT before TensorRT-RTX, each from the oldest to the newest.</param>
public sealed record ReleaseMatrix(ImmutableArray<ReleaseRow> Releases)
{
    /// <summary>Plans a model for each known release. Releases that take the same of every operator share a plan.</summary>
    /// <param name="plan">Plans the model for a release.</param>
    /// <param name="operators">The operators, which name the one to blame for a node with bodies.</param>
    public static ReleaseMatrix Of(Func<TensorRtRelease, PartitionPlan> plan, OperatorTable operators)
    {
        var rows = ImmutableArray.CreateBuilder<ReleaseRow>(TensorRtTarget.Releases.Count);
        foreach (TensorRtRelease release in TensorRtTarget.Releases)
        {
            bool isSame = rows.Count > 0 && TensorRtTarget.TakeTheSame(rows[^1].Release, release);
            rows.Add(isSame ? rows[^1] with { Release = release } : ReleaseRow.Of(release, plan(release), operators));
        }
        for (int i = 0; i < rows.Count; i++) rows[i] = rows[i] with { Upgrade = UpgradeOf(rows, i) };
        return new(rows.MoveToImmutable());
    }

    /// <summary>The first later release of the same product without some operator that blocks in a release.</summary>
    private static Upgrade? UpgradeOf(ImmutableArray<ReleaseRow>.Builder rows, int from)
    {
        for (int i = from + 1; i < rows.Count && rows[i].Release.IsRtx == rows[from].Release.IsRtx; i++)
        {
            ImmutableArray<string> removed = [.. rows[from].Blockers.Select(b => b.Op).Except(rows[i].Blockers.Select(b => b.Op))];
            if (removed.Length > 0) return new(rows[i].Release, removed, rows[i].Engines, rows[i].Fallback);
        }
        return null;
    }
}

/// <summary>What a model needs in one release.</summary>
/// <param name="Release">The release.</param>
/// <param name="Nodes">The nodes after the passes for this release.</param>
/// <param name="Engines">The engines, those in bodies included.</param>
/// <param name="Fallback">The nodes that fall back.</param>
/// <param name="Blockers">The operators that fall back, the most frequent first.</param>
public sealed record ReleaseRow(
    TensorRtRelease Release, int Nodes, int Engines, int Fallback, ImmutableArray<ReleaseBlocker> Blockers)
{
    /// <summary>The smallest upgrade that removes a blocker; null if no release of the product does.</summary>
    public Upgrade? Upgrade { get; init; }

    internal static ReleaseRow Of(TensorRtRelease release, PartitionPlan plan, OperatorTable operators)
    {
        var target = new TensorRtTarget(release);
        int[] fallback = [.. Enumerable.Range(0, plan.Tags.Length).Where(n => !plan.Tags[n].IsYes)];
        Lazy<OpenTypes> open = new(() => new(plan.Graph));
        return new(release, plan.Graph.Nodes.Length, plan.TotalEngines, fallback.Length,
        [.. fallback.GroupBy(n => BodyCulprits.BlockingOperator(plan.Graph.Nodes[n], plan.Tags[n], operators, target, open).ToString())
            .Select(g => new ReleaseBlocker(
                g.Key, g.Count(), g.GroupBy(n => plan.Tags[n].Reason!).MaxBy(reasons => reasons.Count())!.Key))
            .OrderByDescending(b => b.Nodes).ThenBy(b => b.Op, StringComparer.Ordinal)]);
    }
}

/// <summary>An operator that falls back in a release.</summary>
/// <param name="Op">The operator.</param>
/// <param name="Nodes">How many nodes fall back for it.</param>
/// <param name="Reason">Why; the most frequent reason where there are several.</param>
public sealed record ReleaseBlocker(string Op, int Nodes, string Reason);

/// <summary>A later release, and what it changes.</summary>
/// <param name="Release">The release.</param>
/// <param name="Removes">The operators that block no more.</param>
/// <param name="Engines">The engines there.</param>
/// <param name="Fallback">The nodes that fall back there.</param>
public sealed record Upgrade(TensorRtRelease Release, ImmutableArray<string> Removes, int Engines, int Fallback);
