using GraphPartition.Gpc.Requests;
using GraphPartition.Gpc.Services;
using GraphPartition.MixedPrecision.Reports;
using Spectre.Console;

namespace GraphPartition.Gpc.Views;

/// <summary>Prints what a conversion did.</summary>
internal static class ConversionView
{
    private const int MostNames = 3;

    /// <summary>The report as tables.</summary>
    public static void Write(ConvertRequest request, ConversionResult result)
    {
        PrecisionReport report = result.Report;
        AnsiConsole.WriteLine($"{Path.GetFileName(request.Model.Path)}: {report.Kept.Length} of {report.Nodes} nodes stay FP32, "
            + $"{report.Converted} compute in {report.Format}; {report.Casts} Casts were added");
        if (!report.Kept.IsEmpty)
        {
            Table table = new Table().Border(TableBorder.Simple).AddColumns("operator in FP32", "count", "reason", "nodes");
            foreach (var group in report.Kept.GroupBy(k => (k.Op, k.Reason)).OrderByDescending(g => g.Count()))
                table.AddRow(new Text(group.Key.Op), new Text($"{group.Count()}"), new Text(group.Key.Reason),
                    new Text(string.Join(", ", group.Take(MostNames).Select(k => k.Node)) + (group.Count() > MostNames ? ", ..." : "")));
            AnsiConsole.Write(table);
        }
        if (result.Budget is { } budget) BudgetView.Write(budget);
        if (!result.Outputs.IsEmpty) QualityView.Write(result.Outputs);
        if (!result.Check.IsYes) AnsiConsole.MarkupLineInterpolated(
            $"ONNX Runtime accepts its types; its CPU provider cannot run it: {result.Check.Reason}");
        AnsiConsole.MarkupLineInterpolated($"wrote {request.Output} (opset {result.Opset}, {new FileInfo(request.Output).Length} bytes)");
    }

    /// <summary>The report as one JSON object.</summary>
    public static object ToJson(ConvertRequest request, ConversionResult result) => new
    {
        Model = request.Model.Path,
        request.Output,
        Precision = result.Report.Format,
        result.Report.Nodes,
        Fp32 = result.Report.Kept.Length,
        result.Report.Casts,
        result.Opset,
        RunsOnCpu = result.Check.IsYes,
        WhyNotOnCpu = result.Check.Reason,
        Kept = result.Report.Kept,
        Warnings = result.Report.Warnings.Select(w => new { w.Code.Id, w.Where, w.Message }),
        Outputs = QualityView.ToJson(result.Outputs),
        Budget = result.Budget is null ? null : BudgetView.ToJson(result.Budget),
    };
}
