using System.Buffers;
using System.Text.Unicode;

namespace GraphPartition.Onnx.Reading;

/// <summary>The names that one graph defines, inside those of the graphs around it.</summary>
internal sealed class NameScope
{
    private readonly NameScope? _outer;
    private readonly Dictionary<string, Value> _values;
    private readonly Dictionary<string, Value>.AlternateLookup<ReadOnlySpan<char>> _byChars;

    public NameScope(NameScope? outer, int capacity = 0)
    {
        _outer = outer;
        _values = new(capacity);
        _byChars = _values.GetAlternateLookup<ReadOnlySpan<char>>();
    }

    /// <summary>Stands for an input that a function's caller leaves out.</summary>
    public static Value Absent { get; } = new("", IrType.Unknown);

    /// <summary>Names used that nothing defined so far, each with the index of the first node that uses it.</summary>
    public List<(string Name, int Node)> Missing { get; } = [];

    /// <summary>Notes that a name is used and not defined.</summary>
    public void Miss(string name, int node)
    {
        const int Enough = 100;
        if (Missing.Count < Enough && !Missing.Exists(m => m.Name == name)) Missing.Add((name, node));
    }

    /// <summary>Defines a name; false where this graph has it already. Graphs around may: the inner one hides theirs.</summary>
    public bool Define(string name, Value value) => _values.TryAdd(name, value);

    /// <summary>The value that a name means here, or null.</summary>
    public Value? Find(ReadOnlySpan<byte> utf8)
    {
        Span<char> chars = stackalloc char[256];
        if (utf8.Length > chars.Length || Utf8.ToUtf16(utf8, chars, out _, out int length, false) != OperationStatus.Done)
            return Find(WireReader.TextOf(utf8).AsSpan());
        return Find(chars[..length]);
    }

    /// <summary>The value that a name means here, or null.</summary>
    public Value? Find(ReadOnlySpan<char> name)
    {
        for (NameScope? scope = this; scope is not null; scope = scope._outer)
            if (scope._byChars.TryGetValue(name, out Value? value)) return value;
        return null;
    }
}
