using GraphPartition.Compiler.Passes.Infrastructure;
using GraphPartition.Ir.Graphs;
using GraphPartition.Ir.Rewriting;
using GraphPartition.Ir.Tensors;

namespace GraphPartition.Compiler.Passes.Elimination;

/// <summary>
/// Value numbering: nodes of the same operator with the same inputs and attributes have the same results, so all but the first
/// go; so do equal constants (large ones only where they are the same bytes of a file, since weights are not read to plan a
/// model). Random and unknown operators are left alone, nodes with bodies too, and those that tell
/// TensorRT how to quantise, which it wants beside each use. In bodies, duplicates inside the body are merged.
/// </summary>
public sealed class MergeDuplicates : IGraphPass
{
    /// <inheritdoc/>
    public Graph Run(Graph graph, PassContext context) => Run(graph, context, isBody: false);

    private static Graph Run(Graph graph, PassContext context, bool isBody)
    {
        GraphReplay replay = context.Replay(graph, isBody);
        Func<Graph, Graph> inBody = body => Run(body, context, isBody: true);
        MergeConstants(graph, replay);
        var kept = new HashSet<Node>(graph.Nodes.Length, new SameComputation(replay));
        foreach (Node node in graph.Nodes)
        {
            if (!node.Attributes.Bodies().IsEmpty)
                replay.Keep(node, inBody);
            else if (!IsQuantisation(node) && context.IsPure(node) && !kept.Add(node) && kept.TryGetValue(node, out Node? first) && CanMerge(node, first, replay))
                Merge(node, first, replay);
            else replay.Keep(node);
        }
        return replay.Finish();
    }

    private static void MergeConstants(Graph graph, GraphReplay replay)
    {
        Dictionary<TensorData, Value>? first = null;
        foreach (Value constant in graph.Constants)
            if (!(first ??= new(SameTensor.Instance)).TryAdd(constant.Data!, constant)
                && graph.Uses.UsersOf(constant).Length > 0 && !graph.Uses.IsOutput(constant))
                replay.Replace(constant, first[constant.Data!]);
    }

    private static bool IsQuantisation(Node node) => node.Op.Type is "QuantizeLinear" or "DequantizeLinear";

    private static bool CanMerge(Node node, Node with, GraphReplay replay)
    {
        for (int i = 0; i < node.Outputs.Length; i++)
            if (node.Outputs[i] is { } result && !replay.CanReplace(result, replay.Map(with.Outputs[i]!))) return false;
        return true;
    }

    private static void Merge(Node node, Node with, GraphReplay replay)
    {
        for (int i = 0; i < node.Outputs.Length; i++)
            if (node.Outputs[i] is { } result) replay.Replace(result, replay.Map(with.Outputs[i]!));
    }

    /// <summary>Compares nodes by what they compute, given what their inputs have become.</summary>
    private sealed class SameComputation(GraphReplay replay) : IEqualityComparer<Node>
    {
        public bool Equals(Node? a, Node? b)
        {
            if (ReferenceEquals(a, b)) return true;
            if (a is null || b is null || a.Version != b.Version || a.Inputs.Length != b.Inputs.Length
                || a.Outputs.Length != b.Outputs.Length || !a.Op.Equals(b.Op)) return false;
            for (int i = 0; i < a.Inputs.Length; i++)
                if (!ReferenceEquals(replay.Input(a, i), replay.Input(b, i))) return false;
            for (int i = 0; i < a.Outputs.Length; i++)
                if (a.Outputs[i] is null != b.Outputs[i] is null) return false;
            return SameAttributes.Are(a.Attributes, b.Attributes);
        }

        public int GetHashCode(Node node)
        {
            int hash = node.Op.GetHashCode();
            foreach (Value? input in node.Inputs) hash = HashCode.Combine(hash, input is null ? 0 : replay.Map(input).GetHashCode());
            return hash;
        }
    }

    private sealed class SameTensor : IEqualityComparer<TensorData>
    {
        private const long MostBytesCompared = 1 << 20;

        public static SameTensor Instance { get; } = new();

        public bool Equals(TensorData? a, TensorData? b) => ReferenceEquals(a, b)
            || (a is not null && b is not null && (a.ByteCount <= MostBytesCompared || IsSamePlace(a, b)) && SameAttributes.Are(a, b));

        private static bool IsSamePlace(TensorData a, TensorData b) =>
            a is FileTensor x && b is FileTensor y && ReferenceEquals(x.File, y.File) && x.Offset == y.Offset;

        /// <summary>Hashes the first bytes: weights differ early, and those that do not are compared in full.</summary>
        public int GetHashCode(TensorData data)
        {
            var hash = new HashCode();
            hash.Add(data.Element);
            hash.Add(data.ElementCount);
            if (data is not StringTensor && data.ByteCount <= int.MaxValue)
                hash.AddBytes(data.Bytes.Span[..(int)Math.Min(data.ByteCount, 256)]);
            return hash.ToHashCode();
        }
    }
}
