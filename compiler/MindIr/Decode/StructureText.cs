namespace GraphPartition.MindIr.Decode;

/// <summary>
/// The text in which files up to 1.6 describe how a flat list of values is nested: <c>Tuple[value1,List[value2,],],</c>. A word is
/// a leaf and takes the next value; its letters do not matter.
/// </summary>
internal sealed class StructureText
{
    private const int MaxDepth = 100; // as deep as a protobuf may nest its messages

    private readonly string _text;
    private readonly IReadOnlyList<Operand> _leaves;
    private int _at;
    private int _taken;

    private StructureText(string text, IReadOnlyList<Operand> leaves) => (_text, _leaves) = (text, leaves);

    /// <summary>The value that <paramref name="text"/> builds from the leaves. Throws <see cref="ImportFault"/>.</summary>
    public static Operand Parse(string text, IReadOnlyList<Operand> leaves)
    {
        var parser = new StructureText(text.TrimEnd(','), leaves);
        Operand result = parser.Value(0);
        if (parser._at < parser._text.Length) throw Fault($"'{parser._text[parser._at..]}' stands behind its end");
        return result;
    }

    private Operand Value(int depth)
    {
        if (depth > MaxDepth) throw new ImportFault(ModelCodes.TooDeep, $"a tuple is nested more than {MaxDepth} deep");
        int start = _at;
        while (_at < _text.Length && _text[_at] is not (',' or '[' or ']')) _at++;
        string word = _text[start.._at];
        if (!TryTake('[')) return Leaf(word);
        if (word is not ("Tuple" or "List")) throw Fault($"'{word}[' is neither a Tuple nor a List");
        var items = ImmutableArray.CreateBuilder<Operand>();
        while (!TryTake(']'))
        {
            if (_at == _text.Length) throw Fault("a bracket is not closed");
            items.Add(Value(depth + 1));
            TryTake(',');
        }
        return new TupleOperand(items.ToImmutable());
    }

    private Operand Leaf(string word)
    {
        if (word.Length == 0) throw Fault("a word is missing");
        if (_taken == _leaves.Count) throw Fault($"it has more leaves than the {_leaves.Count} values");
        return _leaves[_taken++];
    }

    private bool TryTake(char c)
    {
        bool there = _at < _text.Length && _text[_at] == c;
        if (there) _at++;
        return there;
    }

    private static ImportFault Fault(string what) => new(ModelCodes.BadConstruct, $"a value's structure cannot be read: {what}");
}
