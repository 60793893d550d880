using GraphPartition.Compiler.Explaining;
using GraphPartition.Explorer;

namespace GraphPartition.Gpc.Services;

/// <summary>Writes a plan as a page.</summary>
internal static class PlanPage
{
    /// <summary>Writes the page, with all operators that cost engines.</summary>
    public static void Write(PlannedModel planned, string model, string path)
    {
        BlockerRanking ranking = BlockerRanking.Of(planned.Compilation.Plan, planned.Operators, planned.Target);
        PlanReport report = planned.Report with { Blockers = [.. ranking.Blockers] };
        ExplorerPage.Write(Path.GetFileName(model), planned.Compilation.Plan, report, path);
    }
}
