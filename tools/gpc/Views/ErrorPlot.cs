using System.Globalization;
using System.Net;
using System.Text;
using GraphPartition.Foundation;
using GraphPartition.MixedPrecision.Debugging;

namespace GraphPartition.Gpc.Views;

/// <summary>Draws the error along the graph: for each node, its effect on the outputs (bars) and the error of its tensor (line).</summary>
internal static class ErrorPlot
{
    private const int Left = 60, Top = 30, Height = 320, Bottom = 40, LeastWidth = 600;
    private const double Most = 100; // dB; better is drawn at the edge

    /// <summary>Writes the picture.</summary>
    /// <param name="errors">What to draw.</param>
    /// <param name="path">The file; one that ends in <c>.html</c> is a page with the picture.</param>
    /// <exception cref="EnvironmentException">GP5005: the file cannot be written.</exception>
    public static void Write(PrecisionErrors errors, string path)
    {
        string svg = Svg(errors);
        bool isPage = Path.GetExtension(path).StartsWith(".htm", StringComparison.OrdinalIgnoreCase);
        string text = isPage ? $"<!DOCTYPE html>\n<meta charset=\"utf-8\">\n<title>Error along the graph</title>\n{svg}\n" : svg;
        AtomicFile.Write(path, stream => stream.Write(Encoding.UTF8.GetBytes(text)));
    }

    private static string Svg(PrecisionErrors errors)
    {
        double step = Math.Max(3, (double)LeastWidth / Math.Max(1, errors.Nodes.Length));
        double width = Left + step * errors.Nodes.Length + 20;
        var svg = new StringBuilder();
        svg.Append(CultureInfo.InvariantCulture, $"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width:F0}\" height=\"{Top + Height + Bottom}\" ")
            .Append("font-family=\"sans-serif\" font-size=\"12\">\n<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n");
        for (int db = 0; db <= Most; db += 20)
            svg.Append(CultureInfo.InvariantCulture, $"<line x1=\"{Left}\" x2=\"{width - 20:F0}\" y1=\"{Y(db):F1}\" y2=\"{Y(db):F1}\" stroke=\"#ddd\"/>")
                .Append(CultureInfo.InvariantCulture, $"<text x=\"{Left - 8}\" y=\"{Y(db) + 4:F1}\" text-anchor=\"end\">{db} dB</text>\n");
        svg.Append(CultureInfo.InvariantCulture, $"<line x1=\"{Left}\" x2=\"{width - 20:F0}\" y1=\"{Y(errors.Limit):F1}\" y2=\"{Y(errors.Limit):F1}\" ")
            .Append("stroke=\"#d00\" stroke-dasharray=\"4\"/>\n");
        var line = new StringBuilder();
        for (int n = 0; n < errors.Nodes.Length; n++)
        {
            NodeError node = errors.Nodes[n];
            double x = Left + n * step;
            string color = node.AtOutputs < errors.Limit || double.IsNaN(node.AtOutputs) ? "#d00" : "#9bc";
            svg.Append(CultureInfo.InvariantCulture, $"<rect x=\"{x:F1}\" y=\"{Y(node.AtOutputs):F1}\" width=\"{step * 0.8:F1}\" ")
                .Append(CultureInfo.InvariantCulture, $"height=\"{Top + Height - Y(node.AtOutputs):F1}\" fill=\"{color}\"><title>")
                .Append(WebUtility.HtmlEncode($"{node.Op} '{node.Node}': at outputs {Text(node.AtOutputs)}, own result {Text(node.Local)}, "
                    + $"with all rounded {Text(node.Accumulated)}{(node.Note is null ? "" : $"; {node.Note}")}")).Append("</title></rect>\n");
            if (!double.IsNaN(node.Accumulated))
                line.Append(CultureInfo.InvariantCulture, $"{x + step * 0.4:F1},{Y(node.Accumulated):F1} ");
        }
        svg.Append("<polyline fill=\"none\" stroke=\"#333\" points=\"").Append(line).Append("\"/>\n");
        svg.Append(CultureInfo.InvariantCulture, $"<text x=\"{Left}\" y=\"18\">{errors.Format}: bars: error at the outputs with this node alone ")
            .Append("rounded; line: error of its tensor with all nodes rounded</text>\n");
        svg.Append(CultureInfo.InvariantCulture, $"<text x=\"{Left}\" y=\"{Top + Height + 25}\">{errors.Nodes.Length} nodes in the order of the graph</text>\n");
        return svg.Append("</svg>\n").ToString();
    }

    /// <summary>The place of a ratio: 0 dB and worse at the bottom.</summary>
    private static double Y(double db) => Top + Height * (1 - Math.Clamp(double.IsNaN(db) ? 0 : db, 0, Most) / Most);

    private static string Text(double db) => double.IsNaN(db) ? "unknown" : db.ToString("F1", CultureInfo.InvariantCulture) + " dB";
}
