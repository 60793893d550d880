using System.Diagnostics;
using System.Text;
using System.Xml.Linq;
using GraphPartition.Foundation;
using GraphPartition.GraphExport;
using GraphPartition.Partitioning.Boundaries;
using GraphPartition.Partitioning.Graphs;
using GraphPartition.Partitioning.Minimum;
using GraphPartition.TestModels.Graphs;
using QuikGraph;
using QuikGraph.Algorithms;
using Xunit;

namespace GraphPartition.Partitioning.Tests;

public class QuikGraphTests
{
    private static readonly XNamespace GraphMl = "http://graphml.graphdrawing.org/xmlns";

    [Fact]
    public void A_graph_keeps_its_nodes_edges_and_bytes()
    {
        MarkedGraph marked = GraphGenerators.RandomDag(500, 0.2, 20);
        BidirectionalGraph<GraphVertex, GraphEdge> graph = marked.Graph.ToQuikGraph();
        Assert.Equal(Enumerable.Range(0, 500), graph.Vertices.Select(v => v.Index));
        Assert.Equal("node 7", graph.Vertices.ElementAt(7).Name);
        Assert.Equal(marked.Graph.EdgeCount, graph.EdgeCount);
        foreach (GraphVertex v in graph.Vertices)
        {
            Assert.Equal(marked.Graph.Successors(v.Index).ToArray().Order(), graph.OutEdges(v).Select(e => e.Target.Index).Order());
            Assert.Equal(marked.Graph.Predecessors(v.Index).ToArray().Order(), graph.InEdges(v).Select(e => e.Source.Index).Order());
        }
        foreach (GraphEdge edge in graph.Edges)
        {
            Assert.Equal(edge.Tensors.Distinct().Sum(t => (long)marked.Graph.BytesOf(t)), (long)edge.Bytes);
            Assert.All(edge.Tensors, t => Assert.Equal(edge.Source.Index, marked.Graph.ProducerOf(t)));
            Assert.All(edge.Tensors, t => Assert.Contains(edge.Target.Index, marked.Graph.ReadersOf(t).ToArray()));
        }
    }

    [Fact]
    public void The_contracted_graph_of_a_partition_is_acyclic_and_its_segments_are_in_order() => Generate.Check(10, 500, marked =>
    {
        Partition partition = BoundaryOptimizer.Optimize(marked.Graph, marked.Supported).Partitioning;
        BidirectionalGraph<GraphVertex, GraphEdge> segments = partition.ToQuikGraph(marked.Graph);
        Assert.Equal(partition.Segments.Count, segments.VertexCount);
        Assert.Equal(partition.EngineCount, segments.Vertices.Count(v => v.IsEngine));
        Assert.All(segments.Edges, e => Assert.True(e.Source.Index < e.Target.Index));
        Assert.Equal(BoundaryCost.Of(marked.Graph, partition).Tensors, segments.Edges.SelectMany(e => e.Tensors).Distinct().Count());
        return segments.IsDirectedAcyclicGraph();
    });

    [Fact]
    public void Engines_are_named_as_in_a_compiled_model()
    {
        MarkedGraph chain = MarkedGraph.Of([[], [0], [1], [2]], 0, 2);
        Partition partition = LevelPartitioner.Partition(chain.Graph, chain.Supported);
        IEnumerable<string> names = partition.ToQuikGraph(chain.Graph).Vertices.Select(v => v.Name);
        Assert.Equal(["TrtNode_0", "fallback 0", "TrtNode_1", "fallback 1"], names);
        GraphVertex third = Drawing(chain).Vertices.ElementAt(2);
        Assert.Equal((2, "TrtNode_1", true), (third.Segment, third.SegmentName, third.IsEngine));
    }

    [Fact]
    public void GraphMl_is_well_formed_and_complete_whatever_the_names()
    {
        MarkedGraph marked = GraphGenerators.Layered(6, 5, 0.4);
        BidirectionalGraph<GraphVertex, GraphEdge> graph = Drawing(marked);
        XElement root = XDocument.Parse(Text(stream => GraphMlWriter.Write(graph, "a \"b\" <c> \u0001", stream))).Root!;
        Assert.Equal(GraphMl + "graphml", root.Name);
        XElement[] nodes = [.. root.Descendants(GraphMl + "node")];
        Assert.Equal(graph.Vertices.Select(v => $"n{v.Index}"), nodes.Select(n => n.Attribute("id")!.Value));
        Assert.Equal(graph.Vertices.Select(v => v.Name.Replace('\u0001', '\uFFFD')), nodes.Select(n => Data(n, "name")));
        Assert.Equal(graph.Vertices.Select(v => v.Segment.ToString()), nodes.Select(n => Data(n, "segment")));
        Assert.Equal(marked.Supported.Select(s => s ? "true" : "false"), nodes.Select(n => Data(n, "engine")));
        Assert.Equal(graph.Edges.Select(e => ($"n{e.Source.Index}", $"n{e.Target.Index}", $"{e.Bytes}")),
            root.Descendants(GraphMl + "edge")
                .Select(e => (e.Attribute("source")!.Value, e.Attribute("target")!.Value, Data(e, "bytes")!)));
        string[] keys = [.. root.Elements(GraphMl + "key").Select(k => k.Attribute("id")!.Value)];
        Assert.Empty(root.Descendants(GraphMl + "data").Select(d => d.Attribute("key")!.Value).Except(keys));
    }

    [Fact]
    public void Dot_has_a_cluster_for_each_segment_and_quotes_names()
    {
        MarkedGraph marked = GraphGenerators.Layered(6, 5, 0.4);
        BidirectionalGraph<GraphVertex, GraphEdge> graph = Drawing(marked);
        string dot = Text(stream => DotWriter.Write(graph, "a \"b\"", stream));
        Assert.StartsWith("digraph \"a \\\"b\\\"\" {\n", dot, StringComparison.Ordinal);
        Assert.Equal(graph.Vertices.Select(v => v.Segment).Distinct().Count(), dot.Split("subgraph \"cluster_").Length - 1);
        Assert.Equal(graph.EdgeCount, dot.Split(" -> n").Length - 1);
        Assert.Contains("n0 [label=\"\\\"x\\\\N\\\" 0 é<>&\uFFFD\\nConv\", fillcolor=", dot, StringComparison.Ordinal);
        Assert.Equal(dot.Count(c => c == '{'), dot.Count(c => c == '}'));
        Assert.Equal(dot, Text(stream => DotWriter.Write(Drawing(marked), "a \"b\"", stream)));
    }

    [ToolFact("dot")]
    public void Graphviz_reads_what_was_written()
    {
        using var folder = new TemporaryFolder();
        string file = folder.File("plan.dot");
        DotWriter.Write(Drawing(GraphGenerators.Layered(6, 5, 0.4)), "a \"b\"", file);
        var start = new ProcessStartInfo("dot", ["-Tplain", file]) { RedirectStandardOutput = true, RedirectStandardError = true };
        using Process process = Process.Start(start)!;
        string output = process.StandardOutput.ReadToEnd();
        Assert.Equal("", process.StandardError.ReadToEnd());
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
        Assert.Equal(30, output.Split('\n').Count(line => line.StartsWith("node ", StringComparison.Ordinal)));
    }

    [Fact]
    public void A_file_that_cannot_be_written_has_a_reason() =>
        Assert.Throws<EnvironmentException>(() => DotWriter.Write(Drawing(GraphGenerators.Layered(2, 2, 0.4)), "g", Path.GetTempPath()));

    /// <summary>
    /// QuikGraph's opinion: the contracted graph is acyclic if and only if each strongly connected component is one vertex, and if and
    /// only if it has a topological order.
    /// </summary>
    internal static void AssertAgrees(PartitionGraph graph, int[] groupOf, bool isAcyclic)
    {
        BidirectionalGraph<GraphVertex, GraphEdge> contracted = graph.ToContractedQuikGraph(groupOf);
        int components = contracted.StronglyConnectedComponents(new Dictionary<GraphVertex, int>());
        Assert.Equal(isAcyclic, components == contracted.VertexCount);
        if (isAcyclic)
        {
            Dictionary<GraphVertex, int> place = contracted.TopologicalSort().Select((v, i) => (v, i)).ToDictionary(x => x.v, x => x.i);
            Assert.Equal(contracted.VertexCount, place.Count);
            Assert.All(contracted.Edges, e => Assert.True(place[e.Source] < place[e.Target]));
        }
        else
            Assert.Throws<NonAcyclicGraphException>(() => contracted.TopologicalSort().Count());
    }

    private static BidirectionalGraph<GraphVertex, GraphEdge> Drawing(MarkedGraph marked) =>
        LevelPartitioner.Partition(marked.Graph, marked.Supported)
            .ToNodeQuikGraph(marked.Graph, n => $"\"x\\N\" {n} é<>&\u0001", _ => "Conv");

    private static string Text(Action<Stream> write)
    {
        using var stream = new MemoryStream();
        write(stream);
        return Encoding.UTF8.GetString(stream.ToArray());
    }

    private static string? Data(XElement of, string key) =>
        of.Elements(GraphMl + "data").SingleOrDefault(d => d.Attribute("key")!.Value == key)?.Value;

    /// <summary>A test that needs a program on this machine, and is skipped with the reason where it is missing.</summary>
    [AttributeUsage(AttributeTargets.Method)]
    private sealed class ToolFactAttribute : FactAttribute
    {
        public ToolFactAttribute(string program)
        {
            string[] folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator);
            bool isThere = folders.Any(d => File.Exists(Path.Combine(d, program)));
            if (!isThere) Skip = $"the program '{program}' (Graphviz) is not on the PATH";
        }
    }
}
