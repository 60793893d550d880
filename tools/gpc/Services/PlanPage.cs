using System.Text.Json;
using System.Text.Json.Nodes;
using GraphPartition.Compiler.Explaining;
using GraphPartition.Compiler.Planning.Files;
using GraphPartition.Explorer;
using GraphPartition.Foundation;

namespace GraphPartition.Gpc.Services;

/// <summary>Writes a plan as a page.</summary>
internal static class PlanPage
{
    /// <summary>Writes the page.</summary>
    /// <param name="planned">The plan of a request that keeps graphs.</param>
    /// <param name="ranking">All operators that cost engines.</param>
    /// <param name="model">The path of the model.</param>
    /// <param name="path">The page.</param>
    /// <param name="extras">What else the page shows; null: nothing.</param>
    public static void Write(PlannedModel planned, BlockerRanking ranking, string model, string path, PageExtras? extras = null)
    {
        PlanReport report = planned.Report with { Blockers = [.. ranking.Blockers] };
        ExplorerPage.Write(Path.GetFileName(model), planned.Compilation.Plan, report, path,
            (extras ?? new()) with { Passes = planned.Compilation.Changes });
    }

    /// <summary>Reads what a page shows beside the plan.</summary>
    /// <param name="now">The plan of the page.</param>
    /// <param name="profile">A file with what <c>gpc run --profile --json</c> printed; null: none.</param>
    /// <param name="errors">A file with what <c>gpc debug precision --json</c> printed; null: none.</param>
    /// <param name="compare">A plan, or a compiled model, that the plan is compared with; null: none.</param>
    /// <exception cref="ModelException">GP1001, GP3010, GP3011, GP3012: a file cannot be used.</exception>
    public static PageExtras Extras(PlanFile now, string? profile, string? errors, string? compare)
    {
        PlanFile? before = compare is null ? null : PlanFile.Read(compare);
        if (before is not null) PlanDiff.CheckSameModel(before, compare!, now);
        return new()
        {
            Profile = Read("--profile", profile, "gpc run MODEL --profile --json", o => o["profile"] as JsonArray is { } rows
                && rows.All(r => r?["medianMs"] is not null && r["layers"] is JsonArray && r["name"] is not null) ? rows : null),
            Errors = Read("--errors", errors, "gpc debug precision MODEL --json", o => o["format"] is not null && o["limit"] is not null
                && o["nodes"] is JsonArray nodes && nodes.All(n => n?["accumulated"] is not null && n["node"] is not null) ? o : null),
            Changes = before is null ? null : PlanDiff.Of(before, now),
            ComparedWith = compare is null ? null : Path.GetFileName(compare),
        };
    }

    private static T? Read<T>(string option, string? path, string command, Func<JsonObject, T?> part) where T : JsonNode
    {
        if (path is null) return null;
        try
        {
            if (JsonNode.Parse(InputFile.Read(path, File.ReadAllText)) is JsonObject read && part(read) is { } found)
                return (T)found.DeepClone(); // a part of another object cannot be a part of the page
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // It is not what the command prints.
        }
        throw GpcCodes.BadOption.Error($"{option} {path}", $"it takes a file with what '{command}' prints");
    }
}
