using System.Globalization;
using System.Net;
using System.Text;
using GraphPartition.Foundation;
using GraphPartition.Gpc.Services;
using GraphPartition.MixedPrecision.Debugging;

namespace GraphPartition.Gpc.Views;

/// <summary>Draws errors along a graph: a bar for what a node does to the outputs, a line for the error of its tensor.</summary>
internal static class ErrorPlot
{
    private const int Left = 60, Top = 30, Height = 320, Bottom = 40, LeastWidth = 600;
    private const double Most = 100; // dB; better is drawn at the edge

    /// <summary>Writes the picture of what each node does.</summary>
    /// <param name="errors">What to draw.</param>
    /// <param name="path">The file; one that ends in <c>.html</c> is a page with the picture.</param>
    /// <exception cref="EnvironmentException">GP5005: the file cannot be written.</exception>
    public static void Write(PrecisionErrors errors, string path) => Write(path,
        $"{errors.Format}: bars: error at the outputs with this node alone rounded; line: error of its tensor with all nodes rounded",
        errors.Limit, [.. errors.Nodes.Select(n => new Place(
            $"{n.Op} '{n.Node}': at outputs {Text(n.AtOutputs)}, own result {Text(n.Local)}, with all rounded {Text(n.Accumulated)}"
            + (n.Note is null ? "" : $"; {n.Note}"), n.AtOutputs, n.Accumulated))]);

    /// <summary>Writes the picture of a comparison, tensor by tensor.</summary>
    /// <param name="tensors">The tensors in the order of the graph.</param>
    /// <param name="limit">The ratio in dB below which an error counts; null: there is none.</param>
    /// <param name="path">The file, as in the other form.</param>
    /// <exception cref="EnvironmentException">GP5005: the file cannot be written.</exception>
    public static void Write(IEnumerable<OutputQuality> tensors, double? limit, string path) => Write(path,
        "line: signal-to-noise ratio of each tensor", limit, [.. tensors.Where(t => t.Quality is not null).Select(t => new Place(
            $"{t.Op} '{t.Name}': {Text(t.Quality!.Decibels)}", null, t.Quality.Decibels))]);

    private static void Write(string path, string title, double? limit, Place[] places)
    {
        string svg = Svg(title, limit, places);
        bool isPage = Path.GetExtension(path).StartsWith(".htm", StringComparison.OrdinalIgnoreCase);
        string text = isPage ? $"<!DOCTYPE html>\n<meta charset=\"utf-8\">\n<title>Error along the graph</title>\n{svg}\n" : svg;
        AtomicFile.Write(path, stream => stream.Write(Encoding.UTF8.GetBytes(text)));
    }

    private static string Svg(string title, double? limit, Place[] places)
    {
        double step = Math.Max(3, (double)LeastWidth / Math.Max(1, places.Length));
        double width = Left + step * places.Length + 20;
        var svg = new StringBuilder();
        void Add(FormattableString text) => svg.Append(FormattableString.Invariant(text)).Append('\n');
        Add($"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width:F0}\" height=\"{Top + Height + Bottom}\" font-family=\"sans-serif\" font-size=\"12\">");
        Add($"<rect width=\"100%\" height=\"100%\" fill=\"white\"/>");
        for (int db = 0; db <= Most; db += 20)
        {
            Add($"<line x1=\"{Left}\" x2=\"{width - 20:F0}\" y1=\"{Y(db):F1}\" y2=\"{Y(db):F1}\" stroke=\"#ddd\"/>");
            Add($"<text x=\"{Left - 8}\" y=\"{Y(db) + 4:F1}\" text-anchor=\"end\">{db} dB</text>");
        }
        if (limit is { } least)
            Add($"<line x1=\"{Left}\" x2=\"{width - 20:F0}\" y1=\"{Y(least):F1}\" y2=\"{Y(least):F1}\" stroke=\"#d00\" stroke-dasharray=\"4\"/>");
        var line = new StringBuilder();
        for (int n = 0; n < places.Length; n++)
        {
            (string text, double? bar, double point) = places[n];
            double x = Left + n * step, top = Y(bar ?? point);
            string color = bar is null ? "transparent" : bar < limit || double.IsNaN(bar.Value) ? "#d00" : "#9bc";
            Add($"<rect x=\"{x:F1}\" y=\"{top:F1}\" width=\"{step * 0.8:F1}\" height=\"{Top + Height - top:F1}\" fill=\"{color}\"><title>{WebUtility.HtmlEncode(text)}</title></rect>");
            if (!double.IsNaN(point)) line.Append(FormattableString.Invariant($"{x + step * 0.4:F1},{Y(point):F1} "));
        }
        Add($"<polyline fill=\"none\" stroke=\"#333\" points=\"{line}\"/>");
        Add($"<text x=\"{Left}\" y=\"18\">{WebUtility.HtmlEncode(title)}</text>");
        Add($"<text x=\"{Left}\" y=\"{Top + Height + 25}\">{places.Length} places in the order of the graph</text>");
        return svg.Append("</svg>\n").ToString();
    }

    /// <summary>The place of a ratio: 0 dB and worse at the bottom.</summary>
    private static double Y(double db) => Top + Height * (1 - Math.Clamp(double.IsNaN(db) ? 0 : db, 0, Most) / Most);

    private static string Text(double db) => double.IsNaN(db) ? "unknown" : db.ToString("F1", CultureInfo.InvariantCulture) + " dB";

    /// <summary>One place along the graph.</summary>
    /// <param name="Text">What a viewer shows at it.</param>
    /// <param name="Bar">The ratio of its bar in dB; null: it has none.</param>
    /// <param name="Point">The ratio of the line in dB; NaN: the line leaves it out.</param>
    private sealed record Place(string Text, double? Bar, double Point);
}
