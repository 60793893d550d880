using System.Globalization;
using System.Text;
using GraphPartition.Foundation;
using QuikGraph;

namespace GraphPartition.GraphExport;

/// <summary>
/// Writes a graph as DOT, for Graphviz: engines green, fallback grey, a cluster around each segment. The package QuikGraph.Graphviz
/// would write DOT too, but without clusters; the core package has no writer. Equal graphs give equal bytes.
/// </summary>
public static class DotWriter
{
    /// <summary>Writes a file, which appears only when it is complete.</summary>
    /// <param name="graph">The graph, for instance of <see cref="QuikGraphs.ToNodeQuikGraph"/>.</param>
    /// <param name="title">The name of the graph.</param>
    /// <param name="path">The file.</param>
    /// <exception cref="EnvironmentException">The file cannot be written (GP5005).</exception>
    public static void Write(IVertexAndEdgeListGraph<GraphVertex, GraphEdge> graph, string title, string path) =>
        AtomicFile.Write(path, stream => Write(graph, title, stream));

    /// <summary>Writes UTF-8 to a stream, which stays open.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="title">The name of the graph.</param>
    /// <param name="stream">The stream.</param>
    public static void Write(IVertexAndEdgeListGraph<GraphVertex, GraphEdge> graph, string title, Stream stream)
    {
        ArgumentNullException.ThrowIfNull(graph);
        ArgumentNullException.ThrowIfNull(title);
        using var to = new StreamWriter(stream, leaveOpen: true) { NewLine = "\n" };
        to.WriteLine($"digraph {Quoted(title)} {{");
        to.WriteLine("  graph [style=rounded, fontname=\"Helvetica\"];");
        to.WriteLine("  node [shape=box, style=filled, fontname=\"Helvetica\"];");
        foreach (IGrouping<int, GraphVertex> segment in graph.Vertices.GroupBy(v => v.Segment).OrderBy(g => g.Key))
        {
            if (segment.Key >= 0)
            {
                to.WriteLine($"  subgraph \"cluster_{segment.Key}\" {{");
                to.WriteLine($"    label={Quoted(segment.First().SegmentName)}; color=\"{ColorOf(segment.First())}\";");
            }
            foreach (GraphVertex v in segment)
            {
                string label = v.Detail.Length > 0 ? $"{v.Name}\n{v.Detail}" : v.Name;
                to.WriteLine($"    n{v.Index} [label={Quoted(label)}, fillcolor=\"{ColorOf(v)}\"];");
            }
            if (segment.Key >= 0) to.WriteLine("  }");
        }
        foreach (GraphEdge edge in graph.Edges)
        {
            string bytes = edge.Bytes.ToString(CultureInfo.InvariantCulture);
            to.WriteLine($"  n{edge.Source.Index} -> n{edge.Target.Index} [tooltip=\"{edge.Tensors.Count} tensors, {bytes} bytes\"];");
        }
        to.WriteLine("}");
    }

    /// <summary>The color of an engine or of the fallback, as <c>#rrggbb</c>.</summary>
    internal static string ColorOf(GraphVertex vertex) => vertex.IsEngine ? "#a6d96a" : "#d9d9d9";

    // In a quoted string a backslash starts an escape such as \N (the name of the node), so it is doubled. DOT has no escape for other
    // control characters, and NUL would end the file for Graphviz.
    private static string Quoted(string text)
    {
        var quoted = new StringBuilder("\"");
        foreach (char c in text)
            quoted.Append(c switch { '"' => "\\\"", '\\' => "\\\\", '\n' => "\\n", _ => char.IsControl(c) ? "\uFFFD" : c.ToString() });
        return quoted.Append('"').ToString();
    }
}
