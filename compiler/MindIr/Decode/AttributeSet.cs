using Google.Protobuf.Collections;

namespace GraphPartition.MindIr.Decode;

/// <summary>The attributes of a primitive or of a node, by name; decoded on first use.</summary>
internal sealed class AttributeSet(RepeatedField<AttributeProto> attributes, ConstantDecoder decoder)
{
    private readonly Dictionary<string, Operand> _decoded = [];

    /// <summary>The attribute's value, or null where it is missing or None. Throws <see cref="ImportFault"/>.</summary>
    public Operand? this[string name]
    {
        get
        {
            if (_decoded.TryGetValue(name, out Operand? known)) return known;
            foreach (AttributeProto a in attributes)
                if (a.Name == name && decoder.Decode(a) is not NoneOperand and var value) return _decoded[name] = value;
            return null;
        }
    }

    /// <summary>The names.</summary>
    public IEnumerable<string> Names => attributes.Where(a => a.Name.Length > 0).Select(a => a.Name);

    /// <summary>Names with values, sorted, for messages.</summary>
    public IEnumerable<string> Described => Names.Distinct().Order(StringComparer.Ordinal).Select(name => $"{name} = {Describe(name)}");

    private string Describe(string name)
    {
        try
        {
            return this[name]?.ToString() ?? "None";
        }
        catch (ImportFault)
        {
            return "?";
        }
    }
}
