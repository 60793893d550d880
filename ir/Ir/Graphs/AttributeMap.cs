using System.Collections;
using System.Runtime.InteropServices;
using GraphPartition.Ir.Tensors;

namespace GraphPartition.Ir.Graphs;

/// <summary>
/// A node's attributes, sorted by name (ordinal), so that graphs that differ only in the order of attributes are the
/// same. Reads return a default where the attribute is missing or of another kind.
/// </summary>
public sealed class AttributeMap : IReadOnlyCollection<KeyValuePair<string, AttributeValue>>
{
    private readonly ImmutableArray<KeyValuePair<string, AttributeValue>> _items;

    private AttributeMap(ImmutableArray<KeyValuePair<string, AttributeValue>> items)
    {
        _items = items;
        Captures = CapturesOf(Bodies());
    }

    /// <summary>No attributes.</summary>
    public static AttributeMap Empty { get; } = new([]);

    /// <summary>The attributes given; a name that occurs twice is an error of the caller.</summary>
    public static AttributeMap Of(params ReadOnlySpan<(string Name, AttributeValue Value)> items)
    {
        if (items.IsEmpty) return Empty;
        var sorted = new KeyValuePair<string, AttributeValue>[items.Length];
        for (int i = 0; i < sorted.Length; i++) sorted[i] = new(items[i].Name, items[i].Value);
        return Sorted(sorted);
    }

    /// <summary>The attributes given; a name that occurs twice is an error of the caller.</summary>
    public static AttributeMap Of(ReadOnlySpan<KeyValuePair<string, AttributeValue>> items) =>
        items.IsEmpty ? Empty : Sorted(items.ToArray());

    /// <summary>The attributes given; a name that occurs twice is an error of the caller.</summary>
    public static AttributeMap Of(KeyValuePair<string, AttributeValue>[] items) => Of(items.AsSpan());

    /// <summary>Takes the array over.</summary>
    private static AttributeMap Sorted(KeyValuePair<string, AttributeValue>[] items)
    {
        if (items.Length > 1) Array.Sort(items, (a, b) => string.CompareOrdinal(a.Key, b.Key));
        for (int i = 1; i < items.Length; i++)
            if (items[i].Key == items[i - 1].Key) throw new ArgumentException($"attribute '{items[i].Key}' is given twice");
        return new(ImmutableCollectionsMarshal.AsImmutableArray(items));
    }

    /// <inheritdoc/>
    public int Count => _items.Length;

    /// <summary>The attribute, or null.</summary>
    public AttributeValue? this[string name]
    {
        get
        {
            foreach (var item in _items)
                if (item.Key == name) return item.Value;
            return null;
        }
    }

    /// <summary>Whether the attribute is there.</summary>
    public bool Has(string name) => this[name] is not null;

    /// <summary>An integer attribute.</summary>
    public long Int(string name, long otherwise = 0) => this[name] is IntAttribute a ? a.Value : otherwise;

    /// <summary>A float attribute.</summary>
    public float Float(string name, float otherwise = 0) => this[name] is FloatAttribute a ? a.Value : otherwise;

    /// <summary>A string attribute as UTF-8.</summary>
    public string Text(string name, string otherwise = "") => this[name] is StringAttribute a ? a.Text : otherwise;

    /// <summary>A list of integers; default (not empty) where it is missing.</summary>
    public ImmutableArray<long> Ints(string name) => this[name] is IntsAttribute a ? a.Values : default;

    /// <summary>A list of floats; default (not empty) where it is missing.</summary>
    public ImmutableArray<float> Floats(string name) => this[name] is FloatsAttribute a ? a.Values : default;

    /// <summary>A tensor, or null.</summary>
    public TensorData? Tensor(string name) => (this[name] as TensorAttribute)?.Value;

    /// <summary>A body, or null.</summary>
    public Graph? Body(string name) => (this[name] as GraphAttribute)?.Value;

    /// <summary>All bodies, in the order of their attributes.</summary>
    public ImmutableArray<Graph> Bodies()
    {
        ImmutableArray<Graph>.Builder? bodies = null; // most nodes have none, and every pass calls this
        foreach (var item in _items)
        {
            if (item.Value is GraphAttribute one) (bodies ??= ImmutableArray.CreateBuilder<Graph>()).Add(one.Value);
            if (item.Value is GraphsAttribute many) (bodies ??= ImmutableArray.CreateBuilder<Graph>()).AddRange(many.Values);
        }
        return bodies?.ToImmutable() ?? [];
    }

    /// <summary>Values of the graph around the node that the bodies use; each once, in order of first use.</summary>
    internal ImmutableArray<Value> Captures { get; }

    /// <summary>These attributes with one set, or removed where <paramref name="value"/> is null.</summary>
    public AttributeMap With(string name, AttributeValue? value)
    {
        var rest = _items.Where(i => i.Key != name);
        return Of([.. value is null ? rest : rest.Append(new(name, value))]);
    }

    /// <summary>These attributes with every body replaced; the same reference where none changed.</summary>
    public AttributeMap MapBodies(Func<Graph, Graph> map)
    {
        KeyValuePair<string, AttributeValue>[]? changed = null;
        for (int i = 0; i < _items.Length; i++)
        {
            AttributeValue old = _items[i].Value, value = old;
            if (old is GraphAttribute one && map(one.Value) is var body && !ReferenceEquals(body, one.Value))
                value = new GraphAttribute(body).With(old.Metadata);
            if (old is GraphsAttribute many)
            {
                ImmutableArray<Graph> bodies = [.. many.Values.Select(map)];
                if (!bodies.SequenceEqual(many.Values)) value = new GraphsAttribute(bodies).With(old.Metadata);
            }
            if (ReferenceEquals(value, old)) continue;
            changed ??= [.. _items];
            changed[i] = new(_items[i].Key, value);
        }
        return changed is null ? this : new([.. changed]);
    }

    /// <inheritdoc/>
    public IEnumerator<KeyValuePair<string, AttributeValue>> GetEnumerator() =>
        ((IEnumerable<KeyValuePair<string, AttributeValue>>)_items).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private static ImmutableArray<Value> CapturesOf(ImmutableArray<Graph> bodies) =>
        bodies.IsEmpty ? [] : [.. bodies.SelectMany(b => b.Captures).Distinct()];
}
