using GraphPartition.Foundation;
using GraphPartition.Operators;
using GraphPartition.Operators.TensorRt;
using Spectre.Console;

namespace GraphPartition.Gpc.Views;

/// <summary>The list of <c>gpc operators</c>, for people and for tools.</summary>
internal static class OperatorsView
{
    /// <summary>An operator as <c>--json</c> prints it.</summary>
    public static object Data(OperatorEntry e) => new
    {
        Op = e.Op.ToString(),
        e.Opset,
        Inferred = Inferred(e),
        Declared = e.IsDeclared,
        Tensorrt = e.TensorRt.Select(t => new
        {
            Since = Release(t),
            Supported = t.IsSupported,
            Types = t.Types.Select(GraphPartition.Foundation.ElementTypes.Keyword),
            t.Conditions,
            t.Origins,
        }),
    };

    /// <summary>The operators as a table, and what the conditions in it mean.</summary>
    public static void Write(IReadOnlyCollection<OperatorEntry> entries, TensorRtRelease? release)
    {
        Table table = new Table().Border(TableBorder.Simple).AddColumns(
            "operator", "opset", "inferred", release is null ? "TensorRT, since" : $"{release}, since", "conditions");
        foreach (OperatorEntry e in entries)
        {
            table.AddRow(new Text(e.Op.ToString()), new Text($"{e.Opset}"), new Text(Inferred(e)),
                new Text(e.TensorRt.IsEmpty ? "no" : Taken(e.TensorRt[0])), new Text(e.TensorRt.IsEmpty ? "" : Conditions(e.TensorRt[0])));
            foreach (TensorRtOperator later in e.TensorRt.Skip(1))
                table.AddRow(Text.Empty, Text.Empty, Text.Empty, new Text(Taken(later)), new Text(Conditions(later)));
        }
        AnsiConsole.Write(table);
        AnsiConsole.WriteLine(
            $"{entries.Count} operators, {entries.Count(e => e.TensorRt is [.., { IsSupported: true }])} of them in {release?.ToString() ?? "the newest release"}");
        var kinds = entries.SelectMany(e => e.TensorRt).SelectMany(t => t.Conditions).Select(TensorRtOperator.KindOf).Distinct().Order(
            StringComparer.Ordinal);
        foreach (string kind in kinds) AnsiConsole.WriteLine($"  {TensorRtOperator.Meanings[kind]}");
    }

    private static string Inferred(OperatorEntry e) => e.InfersShapes ? "shapes" : "types";

    private static string Conditions(TensorRtOperator t) => string.Join(' ', t.Conditions);

    private static string Release(TensorRtOperator t) => t.Since.ShortName;

    private static string Taken(TensorRtOperator t) =>
        $"{Release(t)}: {(t.IsSupported ? string.Join(' ', t.Types.Select(GraphPartition.Foundation.ElementTypes.Keyword)) : "no")}";
}
