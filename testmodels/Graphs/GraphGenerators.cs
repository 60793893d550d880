using GraphPartition.Partitioning.Graphs;
using GraphPartition.TestModels.Layers;

namespace GraphPartition.TestModels.Graphs;

/// <summary>
/// Random graphs of several shapes. A seed names the same graph for ever. Every node makes one tensor of 1 to 64 KiB;
/// tensors that nobody reads are outputs, and nodes without predecessors read an input of the graph.
/// </summary>
public static class GraphGenerators
{
    /// <summary>
    /// The graph of the benchmarks: each node reads one or two (with equal chance) of the <paramref name="window"/> nodes before
    /// it, so there are about 1.5 edges a node and the depth grows with the number of nodes.
    /// </summary>
    public static MarkedGraph RandomDag(int nodes, double shareUnsupported, int window, ulong seed = 1)
    {
        var random = new SplitMix(seed);
        var sketch = new Sketch(nodes);
        for (int node = 1; node < nodes; node++)
        {
            int reach = Math.Min(window, node);
            int count = 1 + random.Next(2);
            for (int i = 0; i < count; i++)
            {
                sketch.AddEdge(node - 1 - random.Next(reach), node);
            }
        }

        return sketch.Finish(random, shareUnsupported);
    }

    /// <summary>Layers of equal width; each node reads one to three nodes of the layer before.</summary>
    public static MarkedGraph Layered(int layers, int width, double shareUnsupported, ulong seed = 1)
    {
        var random = new SplitMix(seed);
        var sketch = new Sketch(layers * width);
        for (int node = width; node < layers * width; node++)
        {
            int layer = ((node / width) - 1) * width;
            int count = 1 + random.Next(3);
            for (int i = 0; i < count; i++)
            {
                sketch.AddEdge(layer + random.Next(width), node);
            }
        }

        return sketch.Finish(random, shareUnsupported);
    }

    /// <summary>
    /// A two-terminal series-parallel graph: starting from one edge, a random edge is again and again either cut by a new node
    /// or doubled by a new node beside it.
    /// </summary>
    public static MarkedGraph SeriesParallel(int nodes, double shareUnsupported, ulong seed = 1)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(nodes, 2);
        var random = new SplitMix(seed);
        var edges = new List<(int From, int To)> { (0, 1) };
        for (int node = 2; node < nodes; node++)
        {
            int i = random.Next(edges.Count);
            (int from, int to) = edges[i];
            if (random.Next(2) == 0)
            {
                edges[i] = (from, node);
            }
            else
            {
                edges.Add((from, node));
            }

            edges.Add((node, to));
        }

        var sketch = new Sketch(nodes);
        foreach ((int from, int to) in edges)
        {
            sketch.AddEdge(from, to);
        }

        return sketch.Finish(random, shareUnsupported);
    }

    /// <summary>Each of the n(n-1)/2 forward edges is there with the given probability.</summary>
    public static MarkedGraph Dense(int nodes, double edgeProbability, double shareUnsupported, ulong seed = 1)
    {
        var random = new SplitMix(seed);
        var sketch = new Sketch(nodes);
        for (int to = 1; to < nodes; to++)
        {
            for (int from = 0; from < to; from++)
            {
                if (random.Chance(edgeProbability))
                {
                    sketch.AddEdge(from, to);
                }
            }
        }

        return sketch.Finish(random, shareUnsupported);
    }

    /// <summary>Chains side by side that start at one node and end at one node: as deep as a graph can be.</summary>
    public static MarkedGraph LongChains(int chains, int length, double shareUnsupported, ulong seed = 1)
    {
        var random = new SplitMix(seed);
        int end = (chains * length) + 1;
        var sketch = new Sketch(end + 1);
        for (int chain = 0; chain < chains; chain++)
        {
            int previous = 0;
            for (int i = 0; i < length; i++)
            {
                int node = 1 + (chain * length) + i;
                sketch.AddEdge(previous, node);
                previous = node;
            }

            sketch.AddEdge(previous, end);
        }

        return sketch.Finish(random, shareUnsupported);
    }

    /// <summary>
    /// Blocks in a row, as in residual networks: a node fans out to <paramref name="fan"/> branches, the next block's node joins
    /// them, and long skips lead from each block to a later one.
    /// </summary>
    public static MarkedGraph FanOutWithSkips(int blocks, int fan, double shareUnsupported, ulong seed = 1)
    {
        var random = new SplitMix(seed);
        int stride = fan + 1;
        var sketch = new Sketch((blocks * stride) + 1);
        for (int block = 0; block < blocks; block++)
        {
            int split = block * stride;
            int join = split + stride;
            for (int branch = split + 1; branch < join; branch++)
            {
                sketch.AddEdge(split, branch);
                sketch.AddEdge(branch, join);
            }

            sketch.AddEdge(split, (block + 1 + random.Next(blocks - block)) * stride);
        }

        return sketch.Finish(random, shareUnsupported);
    }

    /// <summary>
    /// Every graph whose node v reads any subset of the nodes before it: all DAGs of this size up to renaming, many of them
    /// more than once.
    /// </summary>
    public static IEnumerable<PartitionGraph> All(int nodes)
    {
        int pairs = nodes * (nodes - 1) / 2;
        for (int edges = 0; edges < 1 << pairs; edges++)
        {
            int bit = 0;
            var predecessors = new List<int>[nodes];
            for (int to = 0; to < nodes; to++)
            {
                predecessors[to] = [];
                for (int from = 0; from < to; from++, bit++)
                {
                    if ((edges >> bit & 1) == 1)
                    {
                        predecessors[to].Add(from);
                    }
                }
            }

            yield return PartitionGraph.FromPredecessors(predecessors);
        }
    }

    /// <summary>
    /// A small graph from plain integers, one for each node, so that FsCheck can shrink a failing case: 0 is an unsupported
    /// node without predecessors. Each integer chooses the color, the bytes, and up to three predecessors of its node. They are
    /// counted backwards, 1 to 9 nodes before it, so that most of a graph keeps its shape when shrinking takes a node out.
    /// </summary>
    /// <param name="codes">
    /// For each node <c>color + 3 bytes + 12 p + 120 q + 1200 r</c>: color 0 is unsupported, 1 and 2 are supported; there are
    /// bytes + 1 bytes; p, q and r say how far back a predecessor is, 0 for none. Codes from 12,000 on repeat.
    /// </param>
    public static MarkedGraph FromCodes(IReadOnlyList<int> codes)
    {
        ArgumentNullException.ThrowIfNull(codes);
        var builder = new PartitionGraphBuilder();
        bool[] supported = new bool[codes.Count];
        for (int node = 0; node < codes.Count; node++)
        {
            builder.AddNode();
            int rest = codes[node] & int.MaxValue;
            rest = Math.DivRem(rest, 3, out int color);
            supported[node] = color != 0;
            rest = Math.DivRem(rest, 4, out int bytes);
            builder.AddTensor(node, 1 + bytes);
            for (int i = 0; i < 3; i++)
            {
                rest = Math.DivRem(rest, 10, out int back);
                if (back > 0 && back <= node)
                {
                    builder.AddReader(node - back, node);
                }
            }
        }

        return new MarkedGraph(builder.Build(), supported);
    }

    private sealed class Sketch(int nodes)
    {
        private readonly List<(int From, int To)> _edges = [];

        public void AddEdge(int from, int to) => _edges.Add((from, to));

        public MarkedGraph Finish(SplitMix random, double shareUnsupported)
        {
            bool[] isRead = new bool[nodes];
            bool[] reads = new bool[nodes];
            foreach ((int from, int to) in _edges)
            {
                isRead[from] = true;
                reads[to] = true;
            }

            var builder = new PartitionGraphBuilder();
            bool[] supported = new bool[nodes];
            for (int node = 0; node < nodes; node++)
            {
                supported[node] = !random.Chance(shareUnsupported);
                builder.AddNode();
                builder.AddTensor(node, (1 + random.Next(64)) * 1024L, isOutput: !isRead[node]);
            }

            foreach ((int from, int to) in _edges)
            {
                builder.AddReader(from, to);
            }

            for (int node = 0; node < nodes; node++)
            {
                if (!reads[node])
                {
                    builder.AddReader(builder.AddTensor(-1, 1024), node);
                }
            }

            return new MarkedGraph(builder.Build(), supported);
        }
    }
}
