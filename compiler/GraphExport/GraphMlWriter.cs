using System.Globalization;
using System.Text;
using System.Xml;
using GraphPartition.Foundation;
using QuikGraph;

namespace GraphPartition.GraphExport;

/// <summary>
/// Writes a graph as GraphML (http://graphml.graphdrawing.org), for yEd, Gephi, NetworkX and others. The package
/// QuikGraph.Serialization has a writer, the core package has none. Equal graphs give equal bytes.
/// </summary>
/// <remarks>
/// Nodes have the ids <c>n0</c> and so on and the keys name, detail, segment (a number, -1: none), segmentName, engine (true or false)
/// and color; edges have tensors (how many) and bytes.
/// </remarks>
public static class GraphMlWriter
{
    private const string Namespace = "http://graphml.graphdrawing.org/xmlns";

    private static readonly (string Id, string For, string Type)[] Keys =
    [
        ("name", "node", "string"), ("detail", "node", "string"), ("segment", "node", "int"), ("segmentName", "node", "string"),
        ("engine", "node", "boolean"), ("color", "node", "string"), ("tensors", "edge", "int"), ("bytes", "edge", "double"),
    ];

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
        var utf8 = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false);
        using XmlWriter to = XmlWriter.Create(stream, new XmlWriterSettings { Indent = true, NewLineChars = "\n", Encoding = utf8 });
        to.WriteStartElement("graphml", Namespace);
        foreach ((string id, string @for, string type) in Keys)
        {
            to.WriteStartElement("key", Namespace);
            to.WriteAttributeString("id", id);
            to.WriteAttributeString("for", @for);
            to.WriteAttributeString("attr.name", id);
            to.WriteAttributeString("attr.type", type);
            to.WriteEndElement();
        }
        to.WriteStartElement("graph", Namespace);
        to.WriteAttributeString("id", Valid(title));
        to.WriteAttributeString("edgedefault", "directed");
        foreach (GraphVertex v in graph.Vertices)
        {
            to.WriteStartElement("node", Namespace);
            to.WriteAttributeString("id", $"n{v.Index}");
            Data(to, "name", v.Name);
            Data(to, "detail", v.Detail);
            Data(to, "segment", v.Segment.ToString(CultureInfo.InvariantCulture));
            Data(to, "segmentName", v.SegmentName);
            Data(to, "engine", v.IsEngine ? "true" : "false");
            Data(to, "color", DotWriter.ColorOf(v));
            to.WriteEndElement();
        }
        foreach (GraphEdge edge in graph.Edges)
        {
            to.WriteStartElement("edge", Namespace);
            to.WriteAttributeString("source", $"n{edge.Source.Index}");
            to.WriteAttributeString("target", $"n{edge.Target.Index}");
            Data(to, "tensors", edge.Tensors.Count.ToString(CultureInfo.InvariantCulture));
            Data(to, "bytes", edge.Bytes.ToString(CultureInfo.InvariantCulture));
            to.WriteEndElement();
        }
        to.WriteEndElement();
        to.WriteEndElement();
    }

    private static void Data(XmlWriter to, string key, string value)
    {
        if (value.Length == 0) return;
        to.WriteStartElement("data", Namespace);
        to.WriteAttributeString("key", key);
        to.WriteString(Valid(value));
        to.WriteEndElement();
    }

    // XML 1.0 excludes most control characters, even as references; a name in a model may contain them.
    private static string Valid(string text)
    {
        if (text.All(XmlConvert.IsXmlChar)) return text;
        var valid = new StringBuilder(text.Length);
        for (int i = 0; i < text.Length; i++)
        {
            bool isPair = i + 1 < text.Length && XmlConvert.IsXmlSurrogatePair(text[i + 1], text[i]);
            if (isPair) valid.Append(text[i]).Append(text[++i]);
            else valid.Append(XmlConvert.IsXmlChar(text[i]) ? text[i] : '\uFFFD');
        }
        return valid.ToString();
    }
}
