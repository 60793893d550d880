using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using GraphPartition.Foundation;
using GraphPartition.Ir.Graphs;
using GraphPartition.Ir.Tensors;

namespace GraphPartition.CompiledModels;

/// <summary>
/// SHA-256 of what a graph computes: operators, attributes, bodies, wiring, element types of the inputs and weights. Names of values,
/// nodes and graphs do not count, so renaming a model does not rebuild its engines.
/// </summary>
/// <remarks>
/// Two keys are in use, since two questions are asked. Does an engine compute what the nodes beside it compute? That key is of the
/// nodes as the compiled file has them, and of nothing that reading the file with or without operator rules changes: no shapes, and
/// only the opsets of domains that the nodes have (<see cref="EngineOrigin"/>). Can an engine in the cache be taken for a group that
/// is to be built? That group is in the canonical opset, and its shapes count (<see cref="WithShapes"/>).
/// </remarks>
public sealed class ContentKey
{
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly Dictionary<Value, int> _ids = [];

    private readonly bool _withShapes;

    private ContentKey(bool withShapes) => _withShapes = withShapes;

    /// <summary>The key in lower-case hexadecimal.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="opsets">The opset of each domain.</param>
    public static string Of(Graph graph, IEnumerable<KeyValuePair<string, int>> opsets) => Of(graph, opsets, withShapes: false);

    /// <summary>As the key of <c>Of</c>, where inputs of other shapes give another key.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="opsets">The opset of each domain.</param>
    public static string WithShapes(Graph graph, IEnumerable<KeyValuePair<string, int>> opsets) => Of(graph, opsets, withShapes: true);

    private static string Of(Graph graph, IEnumerable<KeyValuePair<string, int>> opsets, bool withShapes)
    {
        var key = new ContentKey(withShapes);
        HashSet<string> used = [.. graph.Operators.Select(o => o.Domain)];
        foreach ((string domain, int version) in opsets.Where(o => used.Contains(o.Key)).OrderBy(o => o.Key, StringComparer.Ordinal))
        {
            key.Text(domain);
            key.Number(version);
        }
        key.Hash(graph, isBody: false);
        return Convert.ToHexStringLower(key._hash.GetHashAndReset());
    }

    private void Hash(Graph graph, bool isBody)
    {
        Number(graph.Inputs.Length);
        foreach (Value v in graph.Inputs) Define(v, isBody);
        foreach (Value v in graph.Constants) Define(v, isBody);
        Number(graph.Nodes.Length);
        foreach (Node node in graph.Nodes)
        {
            Text(node.Op.ToString());
            if (_withShapes) Number(node.Version); // a file has one version of an operator, so there it says nothing
            Number(node.Inputs.Length);
            foreach (Value? v in node.Inputs) Number(v is null ? -1 : _ids[v]);
            Number(node.Attributes.Count);
            foreach ((string name, AttributeValue value) in node.Attributes)
            {
                Text(name);
                Hash(value);
            }
            Number(node.Outputs.Length);
            foreach (Value? v in node.Outputs)
            {
                Number(v is null ? 0 : 1);
                if (v is not null) _ids.TryAdd(v, _ids.Count);
            }
        }
        Number(graph.Outputs.Length);
        foreach (Value v in graph.Outputs) Number(_ids[v]);
    }

    private void Define(Value v, bool isBody)
    {
        _ids.TryAdd(v, _ids.Count);
        Number(v.IsConstant ? 1 : 0);
        if (v.Data is { } data) Bytes(data.Digest); // with type and dimensions
        else if (_withShapes) Text(v.Type.ToString()!);
        else if (!isBody) Number((long)v.ElementType); // what a body gets follows from the node around it
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
            case GraphAttribute a: Hash(a.Value, isBody: true); break;
            case TypeAttribute a: Text(a.Value.ToString()!); break;
            case SparseTensorAttribute a: Hash(a.Value); break;
            case ReferenceAttribute a: Text(a.Parameter); break;
            case IntsAttribute a: Each(a.Values, Number); break;
            case FloatsAttribute a: Each(a.Values, f => Number(BitConverter.SingleToInt32Bits(f))); break;
            case StringsAttribute a: Each(a.Values, s => Bytes(s.Span)); break;
            case TensorsAttribute a: Each(a.Values, t => Bytes(t.Digest)); break;
            case GraphsAttribute a: Each(a.Values, g => Hash(g, isBody: true)); break;
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
