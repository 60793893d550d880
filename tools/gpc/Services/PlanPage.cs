using GraphPartition.Compiler.Explaining;
using GraphPartition.Explorer;

namespace GraphPartition.Gpc.Services;

/// <summary>Writes a plan as a page.</summary>
internal static class PlanPage
{
    /// <summary>Writes the page.</summary>
    /// <param name="planned">The plan.</param>
    /// <param name="ranking">All operators that cost engines.</param>
    /// <param name="model">The path of the model.</param>
    /// <param name="path">The page.</param>
    public static void Write(PlannedModel planned, BlockerRanking ranking, string model, string path)
    {
        PlanReport report = planned.Report with { Blockers = [.. ranking.Blockers] };
        ExplorerPage.Write(Path.GetFileName(model), planned.Compilation.Plan, report, path);
    }
}
