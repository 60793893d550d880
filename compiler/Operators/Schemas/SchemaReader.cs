using System.Globalization;
using System.Text;

namespace GraphPartition.Operators.Schemas;

/// <summary>Reads the schema files; tools/schemas/README.md explains a line.</summary>
/// <param name="source">What messages call the file.</param>
/// <param name="values">The values of text attributes, by <c>Operator.attribute version</c>; null: none are known.</param>
internal sealed class SchemaReader(string source, IReadOnlyDictionary<string, ImmutableArray<string>>? values = null)
{
    private readonly Dictionary<string, string> _groups = [];
    private readonly Dictionary<string, TypeSet> _sets = []; // by text: few different sets stand in many lines
    private int _line;

    /// <summary>The lines of a file that are schemas, with what names their operators. The groups are read.</summary>
    public IEnumerable<SchemaLine> Lines(IEnumerable<string> file)
    {
        foreach (string line in file)
        {
            _line++;
            if (line.Length == 0 || line[0] == '#') continue;
            if (line.StartsWith("group ", StringComparison.Ordinal))
            {
                (string name, string sum) = Cut(line[6..], " = ");
                _groups[name] = sum;
            }
            else
            {
                string[] name = Cut(line, " ").Item1.Split("::");
                yield return new(this, name.Length == 1 ? new(name[0]) : new(name[0], name[1]), line, _line);
            }
        }
    }

    /// <summary>The schema in a line. Throws <see cref="FormatException"/>, which names the line, where it is malformed.</summary>
    public OperatorSchema Schema(SchemaLine line)
    {
        lock (_sets)
        {
            _line = line.Number;
            return Schema(line.Op, line.Text);
        }
    }

    private OperatorSchema Schema(OpName op, string line)
    {
        (string head, string rest) = Cut(line, ": ");
        string[] sections = rest.Split(" |");
        (string inputs, string outputs) = Cut(" " + sections[0], " -> ");
        string[] words = head.Split(' ');
        ImmutableArray<(string, TypeSet)> variables = [.. Items(sections, 1).Select(Variable)];
        return new(
            op, Int(words[1]), words.Length > 2, [.. Items(inputs).Select(p => Parameter(p, variables))],
            [.. Items(outputs).Select(p => Parameter(p, variables))], variables,
            [.. Items(sections, 2).Select(Attribute).Select(a => values is not null && a.Kind == AttributeKind.String
                && values.TryGetValue($"{op}.{a.Name} {words[1]}", out var known) ? a with { Values = known } : a)]);
    }

    private (string, TypeSet) Variable(string text)
    {
        (string name, string sum) = Cut(text, "=");
        return (name, Sum(sum));
    }

    private SchemaParameter Parameter(string text, ImmutableArray<(string Name, TypeSet Types)> variables)
    {
        (string name, string type) = Cut(text, ":");
        TypeSet? types = null;
        foreach (var variable in variables)
            if (variable.Name == type) types = variable.Types;
        bool mayDiffer = name[^1] == '~';
        if (mayDiffer) name = name[..^1];
        Arity arity = name[^1] switch
        {
            '?' => Arity.Optional,
            '*' => Arity.ZeroOrMore,
            '+' => Arity.OneOrMore,
            _ => Arity.Required,
        };
        return new(arity == Arity.Required ? name : name[..^1], type, types ?? Sum(type), arity, mayDiffer);
    }

    /// <summary>A sum of element types, groups and constructed types, for instance <c>float+i64+seq(f32)</c>.</summary>
    public TypeSet Sum(string text)
    {
        if (_sets.TryGetValue(text, out TypeSet? known)) return known;
        uint tensors = 0, sparse = 0;
        TypeSet? sequence = null, optional = null;
        var maps = ImmutableArray.CreateBuilder<MapType>();
        foreach (string term in Terms(text))
        {
            int open = term.IndexOf('(');
            string argument = open < 0 ? "" : term[(open + 1)..^1];
            switch (open < 0 ? "" : term[..open])
            {
                case "": tensors |= Elements(term); break;
                case "sparse": sparse |= Terms(argument).Aggregate(0u, (bits, t) => bits | Elements(t)); break;
                case "seq": sequence = Sum(argument); break;
                case "optional": optional = Sum(argument); break;
                case "map":
                    (string key, string value) = Cut(argument, ",");
                    maps.Add(new(Element(key), IrType.Tensor(Element(value), Shape.Scalar)));
                    break;
                default: throw Bad($"'{term}' is not a type");
            }
        }
        return _sets[text] = new(text, tensors, sparse, sequence, optional, maps.ToImmutable());
    }

    private uint Elements(string term) =>
        _groups.TryGetValue(term, out string? members)
            ? members.Split('+').Aggregate(0u, (bits, m) => bits | 1u << (int)Element(m))
            : 1u << (int)Element(term);

    private ElementType Element(string keyword) =>
        ElementTypes.TryParse(keyword, out ElementType element) ? element : throw Bad($"'{keyword}' is not an element type");

    private SchemaAttribute Attribute(string text)
    {
        (string name, string kind) = Cut(text, ":");
        int equals = kind.IndexOf('=');
        string value = equals < 0 ? "" : kind[(equals + 1)..];
        bool isRequired = kind[^1] == '!' && equals < 0;
        string word = equals >= 0 ? kind[..equals] : isRequired ? kind[..^1] : kind;
        if (!Enum.TryParse(word, ignoreCase: true, out AttributeKind parsed)) throw Bad($"'{word}' is not a kind of attribute");
        return new(name, parsed, isRequired, equals < 0 ? null : Default(parsed, value));
    }

    private AttributeValue Default(AttributeKind kind, string text) => kind switch
    {
        AttributeKind.Int => Int(text),
        AttributeKind.Float => float.Parse(text, CultureInfo.InvariantCulture),
        AttributeKind.String => text.Trim('"'),
        AttributeKind.Ints => text.Trim('[', ']').Split(' ').Select(t => (long)Int(t)).ToArray(),
        AttributeKind.Strings => new StringsAttribute(
            [.. text.Trim('[', ']').Split(' ').Select(t => (ReadOnlyMemory<byte>)Encoding.UTF8.GetBytes(t.Trim('"')))]),
        _ => throw Bad($"an attribute of kind {kind} has no default here"),
    };

    /// <summary>The terms of a sum: split at the '+' that stand in no parentheses.</summary>
    private static IEnumerable<string> Terms(string text)
    {
        int depth = 0, start = 0;
        for (int i = 0; i < text.Length; i++)
        {
            depth += text[i] switch { '(' => 1, ')' => -1, _ => 0 };
            if (text[i] != '+' || depth > 0) continue;
            yield return text[start..i];
            start = i + 1;
        }
        yield return text[start..];
    }

    private static string[] Items(string[] sections, int index) => index < sections.Length ? Items(sections[index]) : [];

    private static string[] Items(string text) => text.Trim().Split(", ", StringSplitOptions.RemoveEmptyEntries);

    private int Int(string text) =>
        int.TryParse(text, CultureInfo.InvariantCulture, out int value) ? value : throw Bad($"'{text}' is not an integer");

    private (string, string) Cut(string text, string separator)
    {
        int at = text.IndexOf(separator, StringComparison.Ordinal);
        return at < 0 ? throw Bad($"'{separator}' is missing") : (text[..at], text[(at + separator.Length)..]);
    }

    private FormatException Bad(string what) => new($"{source}({_line}): {what}");
}
