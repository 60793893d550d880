using GraphPartition.Gpc.Services;
using GraphPartition.MixedPrecision.Measuring;
using Spectre.Console;

namespace GraphPartition.Gpc.Views;

/// <summary>Prints how well tensors keep others.</summary>
internal static class QualityView
{
    /// <summary>A table. The first tensor below a limit is marked: what comes before it is right.</summary>
    /// <param name="what">What the rows are: outputs or tensors.</param>
    /// <param name="qualities">The rows.</param>
    /// <param name="least">The limit in dB; null: nothing is marked.</param>
    public static void Write(string what, IReadOnlyList<OutputQuality> qualities, double? least = null)
    {
        Table table = new Table().Border(TableBorder.Simple)
            .AddColumns(what, "operator", "SQNR dB", "cosine", "max |diff|", "max relative", "clipped", "");
        OutputQuality? first = qualities.FirstOrDefault(q => q.Quality is { } quality && quality.Decibels < least);
        foreach (OutputQuality q in qualities)
            table.AddRow(new Text(q.Name == q.OtherName ? q.Name : $"{q.Name} = {q.OtherName}"), new Text(q.Op ?? ""),
                new Text(q.Quality is { } quality ? $"{quality.Decibels:F1}" : "not comparable"),
                new Text($"{q.Quality?.Cosine:F6}"), new Text($"{q.Quality?.MaxAbsolute:G3}"), new Text($"{q.Quality?.MaxRelative:G3}"),
                new Text($"{q.ClipRate:P2}"), new Text(ReferenceEquals(q, first) ? "the first below the limit" : ""));
        AnsiConsole.Write(table);
    }

    /// <summary>A table of outputs on all samples: the worst of each column.</summary>
    public static void Write(IReadOnlyList<OutputMeasure> measures)
    {
        Table table = new Table().Border(TableBorder.Simple).AddColumns("output", "SQNR dB", "cosine", "max |diff|", "top1");
        foreach (OutputMeasure m in measures)
            table.AddRow(new Text(m.Output), new Text($"{m.Decibels:F1}"), new Text($"{m.Cosine:F6}"), new Text($"{m.MaxAbsolute:G3}"),
                new Text($"{m.Top1:P1}"));
        AnsiConsole.Write(table);
    }

    /// <summary>Outputs on all samples as JSON.</summary>
    public static IEnumerable<object> ToJson(IEnumerable<OutputMeasure> measures) => measures.Select(m => new
    {
        Name = m.Output,
        Sqnr = m.Decibels,
        m.Cosine,
        m.MaxAbsolute,
        m.Top1,
    });

    /// <summary>The rows as JSON. The names l0 to cos are those of trtexec 11.</summary>
    public static IEnumerable<object> ToJson(IEnumerable<OutputQuality> qualities) => qualities.Select(q => new
    {
        q.Name,
        q.OtherName,
        Operator = q.Op,
        Sqnr = q.Quality?.Decibels,
        q.Quality?.Cosine,
        q.Quality?.MaxAbsolute,
        q.Quality?.MaxRelative,
        q.ClipRate,
        L0 = q.Quality?.OutsideShare,
        L1 = q.Quality?.MeanAbsolute,
        L2 = q.Quality?.MeanSquare,
        LInf = q.Quality?.MaxAbsolute,
        Cos = 1 - q.Quality?.Cosine,
    });
}
