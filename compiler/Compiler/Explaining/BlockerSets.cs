using GraphPartition.Compiler.Planning;

namespace GraphPartition.Compiler.Explaining;

/// <summary>Operators whose support saves engines only together.</summary>
/// <param name="Ops">The operators.</param>
/// <param name="EnginesSaved">How many engines would be saved if all nodes of all of them were supported.</param>
/// <param name="BoundaryTensorsSaved">How many fewer tensors would leave a segment.</param>
public sealed record BlockerSet(ImmutableArray<string> Ops, int EnginesSaved, int BoundaryTensorsSaved);

/// <summary>
/// Finds the smallest sets of operators that save more engines than their parts: a set of two counts if it saves more than its operators
/// alone, a set of three if it saves more than each of its splits. Larger sets are not tried.
/// </summary>
internal sealed class BlockerSets
{
    /// <summary>Nodes times partitions up to which sets are tried.</summary>
    private const long MostWork = 4_000_000;

    private const int MostOperators = 12;

    private readonly ImmutableArray<Blocker> _blockers;
    private readonly SupportTrial _trial;

    private BlockerSets(PartitionPlan plan, ImmutableArray<Blocker> blockers)
    {
        _blockers = blockers;
        _trial = new SupportTrial(plan, int.MaxValue - 1); // no optimized boundaries: sets are about engines
    }

    /// <summary>The sets, those that save most first, then the smallest.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="blockers">Its blockers, in the order of their rank; only the first of many are tried.</param>
    public static ImmutableArray<BlockerSet> Of(PartitionPlan plan, ImmutableArray<Blocker> blockers)
    {
        blockers = [.. blockers.Take(MostOperators)];
        long pairs = blockers.Length * (blockers.Length - 1L) / 2;
        if (blockers.Length < 2 || pairs * plan.Tags.Length > MostWork) return [];
        return new BlockerSets(plan, blockers).Find(pairs * (blockers.Length - 2) / 3 * plan.Tags.Length <= MostWork);
    }

    private ImmutableArray<BlockerSet> Find(bool triples)
    {
        int count = _blockers.Length;
        var pairs = new (int Engines, int Tensors)[count, count];
        List<BlockerSet> found = [];
        for (int a = 0; a < count; a++)
            for (int b = a + 1; b < count; b++)
            {
                pairs[a, b] = SavedBy(a, b);
                if (pairs[a, b].Engines > Alone(a) + Alone(b)) found.Add(Set(pairs[a, b], a, b));
            }
        for (int a = 0; triples && a < count; a++)
            for (int b = a + 1; b < count; b++)
                for (int c = b + 1; c < count; c++)
                {
                    (int Engines, int Tensors) saved = SavedBy(a, b, c);
                    int split = Math.Max(Math.Max(pairs[a, b].Engines + Alone(c), pairs[a, c].Engines + Alone(b)),
                        Math.Max(pairs[b, c].Engines + Alone(a), Alone(a) + Alone(b) + Alone(c)));
                    if (saved.Engines > split) found.Add(Set(saved, a, b, c));
                }
        return [.. found.OrderByDescending(s => s.EnginesSaved).ThenBy(s => s.Ops.Length).ThenByDescending(s => s.BoundaryTensorsSaved)];
    }

    /// <summary>An operator that costs engines alone is no reason to want others too.</summary>
    private int Alone(int blocker) => Math.Max(0, _blockers[blocker].EnginesSaved);

    private (int Engines, int BoundaryTensors) SavedBy(params ReadOnlySpan<int> members)
    {
        List<int> nodes = [];
        foreach (int m in members) nodes.AddRange(_blockers[m].Members);
        return _trial.SavedBy([.. nodes]);
    }

    private BlockerSet Set((int Engines, int Tensors) saved, params ReadOnlySpan<int> members)
    {
        var ops = ImmutableArray.CreateBuilder<string>(members.Length);
        foreach (int m in members) ops.Add(_blockers[m].Op);
        return new(ops.MoveToImmutable(), saved.Engines, saved.Tensors);
    }
}
