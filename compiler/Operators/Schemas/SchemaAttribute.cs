using System.Globalization;

namespace GraphPartition.Operators.Schemas;

/// <summary>The kind of an attribute. The numbers are those of ONNX's AttributeProto.AttributeType.</summary>
public enum AttributeKind
{
    /// <summary>Not known.</summary>
    Undefined = 0,
    /// <summary>A float.</summary>
    Float = 1,
    /// <summary>An integer.</summary>
    Int = 2,
    /// <summary>A string.</summary>
    String = 3,
    /// <summary>A tensor.</summary>
    Tensor = 4,
    /// <summary>A body.</summary>
    Graph = 5,
    /// <summary>A list of floats.</summary>
    Floats = 6,
    /// <summary>A list of integers.</summary>
    Ints = 7,
    /// <summary>A list of strings.</summary>
    Strings = 8,
    /// <summary>A list of tensors.</summary>
    Tensors = 9,
    /// <summary>A list of bodies.</summary>
    Graphs = 10,
    /// <summary>A sparse tensor.</summary>
    Sparse = 11,
    /// <summary>A type.</summary>
    Type = 13,
}

/// <summary>A formal attribute of an operator.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Kind">The kind of its value.</param>
/// <param name="IsRequired">Whether a node must give it.</param>
/// <param name="Default">What it is where a node does not give it; null where the schema states nothing.</param>
public sealed record SchemaAttribute(string Name, AttributeKind Kind, bool IsRequired, AttributeValue? Default)
{
    /// <summary>
    /// The texts that it may be in this version (<c>values.schemas</c>); empty where no version differs from another in this, or its
    /// texts are free.
    /// </summary>
    public ImmutableArray<string> Values { get; init; } = [];

    /// <summary>Whether a text that another version has as a value is one of this version, as far as the values are known.</summary>
    internal bool Knows(string text, SchemaAttribute other) => Values.IsEmpty || !other.Values.Contains(text) || Values.Contains(text);

    /// <summary>As the schema file writes it.</summary>
    public override string ToString() =>
        $"{Name}:{Kind.ToString().ToLowerInvariant()}{(IsRequired ? "!" : Default is null ? "" : "=" + TextOf(Default))}";

    private static string TextOf(AttributeValue value) => value switch
    {
        IntAttribute a => a.Value.ToString(CultureInfo.InvariantCulture),
        FloatAttribute a => TextOf(a.Value),
        StringAttribute a => $"\"{a.Text}\"",
        IntsAttribute a => $"[{string.Join(' ', a.Values)}]",
        FloatsAttribute a => $"[{string.Join(' ', a.Values.Select(TextOf))}]",
        StringsAttribute a => $"[{string.Join(' ', a.Texts.Select(t => $"\"{t}\""))}]",
        _ => "?",
    };

    private static string TextOf(float value)
    {
        string text = value.ToString("R", CultureInfo.InvariantCulture).ToLowerInvariant();
        return text.AsSpan().IndexOfAny(".en") >= 0 ? text : text + ".0";
    }
}
