using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using GraphPartition.Ir.Tensors;

namespace GraphPartition.CompiledModels;

/// <summary>
/// SHA-256 of what a graph computes: operators, attributes, bodies, connections, element types of the inputs, and weights. Names of
/// values, nodes and graphs do not count, so a renamed model does not need new engines; nor do constants that no node uses.
/// </summary>
/// <remarks>
/// The key is of nodes as a file has them, and of nothing that reading the file with or without operator rules changes: no shapes, and
/// only the opsets of domains that the nodes have. So it can be computed again from a compiled file (<see cref="EngineOrigin"/>).
/// An engine also depends on shapes; the description of an engine in the cache has them beside this key.
/// </remarks>
public sealed class ContentKey
{
    private const int Missing = -1, NewConstant = -2;
    private const int SmallConstant = 64;

    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly Dictionary<Value, int> _ids = [];

    private ContentKey() { }

    /// <summary>The key in lower-case hexadecimal.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="opsets">The opset of each domain.</param>
    public static string Of(Graph graph, IEnumerable<KeyValuePair<string, int>> opsets)
    {
        var key = new ContentKey();
        HashSet<string> used = [.. graph.Operators.Select(o => o.Domain)];
        foreach ((string domain, int version) in opsets.Where(o => used.Contains(o.Key)).OrderBy(o => o.Key, StringComparer.Ordinal))
        {
            key.Text(domain);
            key.Number(version);
        }
        key.Each(graph.Inputs, v => key.Number((long)v.ElementType));
        key.Hash(graph);
        return Convert.ToHexStringLower(key._hash.GetHashAndReset());
    }

    /// <summary>
    /// The key of a graph's nodes, with their bodies: operators, attributes and connections. Names, the order of nodes and the numbers of
    /// weights do not count: a writer names values, and a refit changes weights. Small integers do: they are sizes, axes or indices. A
    /// compiled file carries the key, so that a change of its nodes shows.
    /// </summary>
    /// <param name="graph">The graph.</param>
    public static string StructureOf(Graph graph) => NodesOf(graph, []);

    // A value's key is that of its node, which has the keys of its inputs: so equal keys are equal computations, wherever a node stands.
    private static string NodesOf(Graph graph, Dictionary<Value, string> keys)
    {
        for (int i = 0; i < graph.Inputs.Length; i++) keys[graph.Inputs[i]] = $"input {i}";
        List<string> nodes = [];
        foreach (Node node in graph.Nodes)
        {
            if (node.Op.Is("Identity")) // the writer adds them where a body returns a value from outside
            {
                keys[node.Outputs[0]!] = KeyOf(node.Inputs[0]);
                continue;
            }
            nodes.Add(HashOf([node.Op.ToString(), Of(node.Attributes), .. node.Inputs.Select(KeyOf),
                .. node.Attributes.Bodies().Select(body => NodesOf(body, keys))]));
            for (int i = 0; i < node.Outputs.Length; i++)
                if (node.Outputs[i] is { } output) keys[output] = $"{nodes[^1]} {i}";
        }
        nodes.Sort(StringComparer.Ordinal);
        return HashOf([.. nodes, .. graph.Outputs.Select(KeyOf)]);

        string KeyOf(Value? value) => value switch
        {
            null => "",
            { Data: { } data } => $"{data.Type} {(IsSmallInteger(data) ? Convert.ToHexStringLower(data.Digest) : "")}",
            _ => keys[value],
        };
    }

    private static string HashOf(IEnumerable<string> parts)
    {
        var key = new ContentKey();
        foreach (string part in parts) key.Text(part);
        return Convert.ToHexStringLower(key._hash.GetHashAndReset());
    }

    private static bool IsSmallInteger(TensorData data) => data is { Element: ElementType.Int64, ElementCount: <= SmallConstant };

    /// <summary>
    /// A short key of what a node does: operator, attributes, bodies, types of inputs and outputs, and small integer constants, which are
    /// sizes, axes or indices. Names and weights do not count.
    /// </summary>
    /// <param name="node">The node.</param>
    /// <returns>Eight hexadecimal digits: enough to see a change, not enough to resist forgery.</returns>
    public static string Of(Node node)
    {
        var key = new ContentKey();
        key.Text(node.Op.ToString());
        key.Number(node.Version);
        foreach (Value? input in node.Inputs)
        {
            key.Text(input?.Type.ToString() ?? "");
            if (input?.Data is { } data && IsSmallInteger(data)) key.Bytes(data.Digest);
        }
        foreach (Value? output in node.Outputs) key.Text(output?.Type.ToString() ?? "");
        key.Text(Of(node.Attributes));
        foreach (Graph body in node.Attributes.Bodies())
            foreach (Node inner in body.Nodes) key.Text(Of(inner));
        return Convert.ToHexStringLower(key._hash.GetHashAndReset().AsSpan(0, 4));
    }

    /// <summary>The key of a node's attributes, without its bodies.</summary>
    /// <param name="attributes">The attributes.</param>
    public static string Of(AttributeMap attributes)
    {
        var key = new ContentKey();
        foreach ((string name, AttributeValue value) in attributes.Where(a => a.Value is not (GraphAttribute or GraphsAttribute)))
        {
            key.Text(name);
            key.Hash(value);
        }
        return Convert.ToHexStringLower(key._hash.GetHashAndReset());
    }

    private void Hash(Graph graph)
    {
        Each(graph.Inputs, Define);
        Number(graph.Nodes.Length);
        foreach (Node node in graph.Nodes)
        {
            Text(node.Op.ToString());
            Each(node.Inputs, Use);
            Number(node.Attributes.Count);
            foreach ((string name, AttributeValue value) in node.Attributes)
            {
                Text(name);
                Hash(value);
            }
            Each(node.Outputs, Define);
        }
        Each(graph.Outputs, Use);
    }

    private void Define(Value? v)
    {
        Number(v is null ? 0 : 1);
        if (v is not null) _ids.TryAdd(v, _ids.Count);
    }

    private void Use(Value? v)
    {
        if (v is { Data: { } data } && _ids.TryAdd(v, _ids.Count))
        {
            Number(NewConstant);
            Bytes(data.Digest); // with type and dimensions
        }
        Number(v is null ? Missing : _ids[v]);
    }

    private void Hash(AttributeValue attribute)
    {
        Text(attribute.GetType().Name);
        switch (attribute)
        {
            case IntAttribute a: Number(a.Value); break;
            case FloatAttribute a: Number(BitConverter.SingleToInt32Bits(a.Value)); break;
            case StringAttribute a: Bytes(a.Bytes.Span); break;
            case TensorAttribute a: Bytes(a.Value.Digest); break;
            case GraphAttribute a: Hash(a.Value); break;
            case TypeAttribute a: Text(a.Value.ToString()!); break;
            case SparseTensorAttribute a: Hash(a.Value); break;
            case ReferenceAttribute a: Text(a.Parameter); break;
            case IntsAttribute a: Each(a.Values, Number); break;
            case FloatsAttribute a: Each(a.Values, f => Number(BitConverter.SingleToInt32Bits(f))); break;
            case StringsAttribute a: Each(a.Values, s => Bytes(s.Span)); break;
            case TensorsAttribute a: Each(a.Values, t => Bytes(t.Digest)); break;
            case GraphsAttribute a: Each(a.Values, Hash); break;
            case TypesAttribute a: Each(a.Values, t => Text(t.ToString()!)); break;
            case SparseTensorsAttribute a: Each(a.Values, Hash); break;
            default: throw new InternalCompilerException("content key", $"attribute kind {attribute.GetType().Name} is not hashed");
        }
    }

    private void Hash(SparseTensorData sparse)
    {
        Bytes(sparse.Values.Digest);
        Bytes(sparse.Indices.Digest);
        Each(sparse.Dims, Number);
    }

    private void Each<T>(IReadOnlyCollection<T> items, Action<T> hash)
    {
        Number(items.Count);
        foreach (T item in items) hash(item);
    }

    private void Text(string text) => Bytes(Encoding.UTF8.GetBytes(text));

    private void Bytes(ReadOnlySpan<byte> bytes)
    {
        Number(bytes.Length); // a length before every field: no two graphs give the same stream of bytes
        _hash.AppendData(bytes);
    }

    private void Number(long number)
    {
        Span<byte> bytes = stackalloc byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, number);
        _hash.AppendData(bytes);
    }
}
