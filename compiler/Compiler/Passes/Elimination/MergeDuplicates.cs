using GraphPartition.Ir.Rewriting;

namespace GraphPartition.Compiler.Passes.Elimination;

/// <summary>
/// Value numbering: nodes of the same operator with the same inputs and attributes have the same outputs, so all but the first
/// go. The same holds for equal constants; large ones are compared only by their place in the file, since planning does not read
/// weights. Random and unknown operators stay, as do nodes with bodies and the nodes that tell TensorRT how to quantize, which it
/// expects beside each use. In a body, duplicates inside the body are merged.
/// </summary>
public sealed class MergeDuplicates : NodePass
{
    /// <inheritdoc/>
    protected override Func<Node, bool> Start(RewriteContext rewrite)
    {
        MergeConstants(rewrite.Source, rewrite);
        var kept = new HashSet<Node>(rewrite.Source.Nodes.Length, new SameComputation(rewrite));
        return node => node.Attributes.Bodies().IsEmpty && !IsQuantization(node) && rewrite.Context.IsPure(node)
            && !kept.Add(node) && kept.TryGetValue(node, out Node? first) && TryMerge(node, first, rewrite);
    }

    private static void MergeConstants(Graph graph, GraphRewriter rewrite)
    {
        Dictionary<TensorData, Value>? first = null;
        foreach (Value constant in graph.Constants)
            if (!(first ??= new(SameTensor.Instance)).TryAdd(constant.Data!, constant)
                && graph.Uses.UsersOf(constant).Length > 0 && !graph.Uses.IsOutput(constant))
                rewrite.Replace(constant, first[constant.Data!]);
    }

    private static bool IsQuantization(Node node) => node.Op.Type is "QuantizeLinear" or "DequantizeLinear";

    private static bool TryMerge(Node node, Node with, GraphRewriter rewrite)
    {
        for (int i = 0; i < node.Outputs.Length; i++)
            if (node.Outputs[i] is { } result && !rewrite.CanReplace(result, rewrite.Map(with.Outputs[i]!))) return false;
        for (int i = 0; i < node.Outputs.Length; i++)
            if (node.Outputs[i] is { } result) rewrite.Replace(result, rewrite.Map(with.Outputs[i]!));
        return true;
    }

    /// <summary>Compares nodes by what they compute from the values that represent their inputs.</summary>
    private sealed class SameComputation(GraphRewriter rewrite) : IEqualityComparer<Node>
    {
        public bool Equals(Node? a, Node? b)
        {
            if (ReferenceEquals(a, b)) return true;
            if (a is null || b is null || a.Version != b.Version || a.Inputs.Length != b.Inputs.Length
                || a.Outputs.Length != b.Outputs.Length || !a.Op.Equals(b.Op)) return false;
            for (int i = 0; i < a.Inputs.Length; i++)
                if (!ReferenceEquals(rewrite.Input(a, i), rewrite.Input(b, i))) return false;
            for (int i = 0; i < a.Outputs.Length; i++)
                if (a.Outputs[i] is null != b.Outputs[i] is null) return false;
            return SameAttributes.Are(a.Attributes, b.Attributes);
        }

        public int GetHashCode(Node node)
        {
            int hash = node.Op.GetHashCode();
            foreach (Value? input in node.Inputs) hash = HashCode.Combine(hash, input is null ? 0 : rewrite.Map(input).GetHashCode());
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

        /// <summary>Hashes the first bytes only: most weights differ there; the others are compared in full.</summary>
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
