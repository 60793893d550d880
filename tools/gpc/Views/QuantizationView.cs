using GraphPartition.Gpc.Requests;
using GraphPartition.Gpc.Services;
using GraphPartition.Quantization.Reports;
using Spectre.Console;

namespace GraphPartition.Gpc.Views;

/// <summary>Prints what a quantization did.</summary>
internal static class QuantizationView
{
    private const int MostRows = 60;

    /// <summary>The report as tables.</summary>
    public static void Write(QuantizeRequest request, QuantizationResult result)
    {
        string file = $"wrote {request.Output} (opset {result.Opset}, {new FileInfo(request.Output).Length} bytes)";
        if (result.Report is { } report)
        {
            AnsiConsole.WriteLine($"{Path.GetFileName(request.Model.Path)}: {report.Quantized} of {report.Layers.Length} layers compute in "
                + $"{report.Format}; scales by {report.Method}");
            if (report.Cache is { } cache) AnsiConsole.WriteLine($"{cache.Matched} of {cache.All} names of the calibration cache match");
            if (report.Engines is { } engines) AnsiConsole.WriteLine($"engines: {engines.Before} before, {engines.After} quantized");
            Layers(report);
            if (report.Methods.Length > 1) Methods(report);
            if (report.Pareto.Length > 1) Pareto(report);
            foreach (var line in report.Budget)
                AnsiConsole.WriteLine($"budget {line.Budget} on {line.Output}: {line.Before} with all layers, {line.After} now");
            if (!report.Outputs.IsEmpty) QualityView.Write(report.Outputs);
        }
        AnsiConsole.WriteLine(file);
    }

    /// <summary>The report as one JSON object.</summary>
    public static object ToJson(QuantizeRequest request, QuantizationResult result) => new
    {
        Model = request.Model.Path,
        request.Output,
        result.Opset,
        result.Report?.Format,
        result.Report?.Method,
        Quantized = result.Report?.Quantized,
        Engines = result.Report?.Engines is { } engines ? new { engines.Before, engines.After } : null,
        Cache = result.Report?.Cache is { } cache ? new { cache.Matched, cache.All } : null,
        Layers = result.Report?.Layers.Select(l => new
        {
            l.Node,
            l.Op,
            l.Reason,
            HalfMicroseconds = Known(l.HalfMicroseconds),
            QuantizedMicroseconds = Known(l.QuantizedMicroseconds),
            AloneSqnr = l.Decibels,
        }),
        Methods = result.Report?.Methods.Select(m => new { m.Method, m.Score, Outputs = QualityView.ToJson(m.Outputs) }),
        result.Report?.Pareto,
        result.Report?.Budget,
        Warnings = result.Report?.Warnings.Select(w => new { w.Code.Id, w.Where, w.Message }),
        Outputs = result.Report is null ? null : QualityView.ToJson(result.Report.Outputs),
    };

    private static double? Known(double x) => double.IsNaN(x) ? null : x;

    private static void Layers(QuantizationReport report)
    {
        Table table = new Table().Border(TableBorder.Simple)
            .AddColumns("layer", "operator", "fp16 us", $"{report.Format} us", "alone dB", "not quantized, because");
        foreach (LayerReport l in report.Layers.Take(MostRows))
            table.AddRow(new Text(l.Node), new Text(l.Op), new Text($"{Known(l.HalfMicroseconds):F1}"),
                new Text($"{Known(l.QuantizedMicroseconds):F1}"), new Text($"{l.Decibels:F1}"), new Text(l.Reason ?? ""));
        if (report.Layers.Length > MostRows) table.AddRow($"... {report.Layers.Length - MostRows} more (--json)");
        AnsiConsole.Write(table);
    }

    private static void Methods(QuantizationReport report)
    {
        Table table = new Table().Border(TableBorder.Simple).AddColumns("method", "score dB", "all layers, SQNR dB");
        foreach (MethodReport m in report.Methods)
            table.AddRow(new Text(m.Method), new Text($"{m.Score:F1}"), new Text(string.Join(", ", m.Outputs.Select(o => $"{o.Decibels:F1}"))));
        AnsiConsole.Write(table);
    }

    private static void Pareto(QuantizationReport report)
    {
        Table table = new Table().Border(TableBorder.Simple).AddColumns("layers quantized", "estimated us", "worst output dB");
        foreach (ParetoPoint p in report.Pareto)
            table.AddRow(new Text($"{p.Layers}"), new Text($"{p.Microseconds:F1}"), new Text($"{p.Decibels:F1}"));
        AnsiConsole.Write(table);
    }
}
