using System.Globalization;
using GraphPartition.Compiler.Comparing;
using Spectre.Console;

namespace GraphPartition.Gpc.Views;

/// <summary>What changed between two models, for people.</summary>
internal static class ModelDiffView
{
    private const int MostRows = 40;

    public static void Write(ModelDiff diff)
    {
        foreach (TextChange c in diff.File.Concat(diff.Boundary))
            AnsiConsole.MarkupLineInterpolated($"{c.What}: {Side(c.Before)} -> {Side(c.After)}");
        AnsiConsole.MarkupLineInterpolated(
            $"{diff.NodeCount.Before} nodes -> {diff.NodeCount.After} nodes; {diff.Matched} match, {diff.Renamed} of them with another name, {diff.Retyped} with other types");
        Rows(["before", "after", "operator", "what changed"], diff.Nodes,
            n => [Side(n.Before), n.After == n.Before ? "same name" : Side(n.After), n.Op, Changes(n)]);
        Rows(["node", "input", "before", "after", "max abs", "max rel", "SQNR dB"], diff.Weights,
            w => [w.Node, $"{w.Input}", w.Before, w.After, Number(w.MaxAbsolute), Number(w.MaxRelative), Number(w.Decibels)]);
        AnsiConsole.MarkupLineInterpolated($"{diff.Weights.Length} of {diff.ComparedWeights} weights have other numbers");
        if (diff.IsEmpty) AnsiConsole.WriteLine("the models compute the same in the same way");
    }

    private static string Changes(ChangedNode node) => node.Before is null ? "new" : node.After is null ? "gone" : string.Join("; ", node.Changes);

    private static string Side(string? text) => text ?? "(none)";

    private static string Number(double? value) => value?.ToString("G4", CultureInfo.InvariantCulture) ?? "";

    private static void Rows<T>(string[] columns, IReadOnlyCollection<T> items, Func<T, string[]> cells)
    {
        if (items.Count == 0) return;
        Table table = new Table().Border(TableBorder.Simple).AddColumns(columns);
        foreach (T item in items.Take(MostRows)) table.AddRow(cells(item).Select(c => new Text(c)));
        AnsiConsole.Write(table);
        if (items.Count > MostRows) AnsiConsole.MarkupLineInterpolated($"  ... and {items.Count - MostRows} more (--json lists all)");
    }
}
