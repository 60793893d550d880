using System.Globalization;
using System.Text;
using GraphPartition.Ir.Text;

namespace GraphPartition.TestSupport;

/// <summary>Splits the text form into words, quoted texts and signs. <c>//</c> at the start of a token begins a comment.</summary>
internal sealed class TextLexer
{
    private const int MaxDepth = 64;

    private readonly string _text;
    private int _depth;
    private int _at;
    private int _start;
    private int _end; // of the token before
    private string _token = ""; // a word, a sign, or the content of a quoted text; "" at the end
    private bool _quoted, _hex;

    public TextLexer(string text)
    {
        _text = text;
        Read();
    }

    /// <summary>Whether all is read.</summary>
    public bool AtEnd => _token.Length == 0 && !_quoted;

    /// <summary>Whether the token stands on the line where the one before it ended.</summary>
    public bool OnSameLine => _text.AsSpan(_end, _start - _end).IndexOf('\n') < 0;

    /// <summary>Whether the token is a quoted text.</summary>
    public bool IsQuoted => _quoted && !_hex;

    /// <summary>Whether the token is this word or sign.</summary>
    public bool Is(string token) => !_quoted && _token == token;

    /// <summary>Whether the token is this word and begins a line of its own kind, not a node whose output is called so.</summary>
    public bool IsKeyword(string word)
    {
        if (!Is(word)) return false;
        int at = _at;
        bool isSameLine = true;
        for (; at < _text.Length && char.IsWhiteSpace(_text[at]); at++) isSameLine &= _text[at] != '\n';
        return at == _text.Length || !(_text[at] is ':' or '=' or ',' || _text[at] == '(' && isSameLine); // '(': metadata of a value
    }

    /// <summary>Takes the word or sign if it is the token.</summary>
    public bool TryTake(string token)
    {
        if (!Is(token)) return false;
        Read();
        return true;
    }

    /// <summary>Takes the word or sign, which must be the token.</summary>
    public void Expect(string token)
    {
        if (!TryTake(token)) throw Fault($"expected '{token}', found {Found()}");
    }

    /// <summary>In a list: consumes a comma and returns true, or consumes <paramref name="close"/> and returns false.</summary>
    public bool MoreUntil(string close)
    {
        if (TryTake(",")) return true;
        Expect(close);
        return false;
    }

    /// <summary>Reads what may hold more of its kind: bodies, lists and types nest, and a text must not overflow the stack.</summary>
    public T Nested<T>(Func<T> read)
    {
        if (++_depth > MaxDepth) throw Fault($"nested more than {MaxDepth} deep");
        T result = read();
        _depth--;
        return result;
    }

    /// <summary>A name: a word or a quoted text.</summary>
    public string Name()
    {
        if (_hex || !_quoted && !IsWord) throw Fault($"expected a name, found {Found()}");
        return Take();
    }

    /// <summary>A quoted text.</summary>
    public string Text() => IsQuoted ? Take() : throw Fault($"expected a text in quotes, found {Found()}");

    /// <summary>Bytes: a quoted text, or hexadecimal digits.</summary>
    public byte[] Bytes() => TryHex(out byte[] bytes) ? bytes : Encoding.UTF8.GetBytes(Text());

    /// <summary>Takes bytes in hexadecimal if they are the token.</summary>
    public bool TryHex(out byte[] bytes)
    {
        bytes = [];
        if (!_hex) return false;
        bytes = FromHex(_token);
        Read();
        return true;
    }

    /// <summary>Takes a digest if it is the token.</summary>
    public bool TryDigest(out byte[] digest)
    {
        digest = [];
        if (!TryTake("#")) return false;
        digest = FromHex(Word());
        return true;
    }

    /// <summary>A word.</summary>
    public string Word() => IsWord ? Take() : throw Fault($"expected a word, found {Found()}");

    /// <summary>A word that starts as a number does, without taking it; null where the token is none.</summary>
    public string? PeekNumber() =>
        IsWord && (char.IsAsciiDigit(_token[0]) || _token[0] == '-' || _token is "inf" or "nan") ? _token : null;

    /// <summary>The words of a number: one, or <c>nan(bits)</c>.</summary>
    public string Number()
    {
        string word = Word();
        if (word != "nan" || !TryTake("(")) return word;
        string bits = Word();
        Expect(")");
        return $"nan({bits})";
    }

    /// <summary>An integer.</summary>
    public long Integer() =>
        long.TryParse(_quoted ? "" : _token, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long value)
        ? Taken(value)
        : throw Fault($"expected an integer, found {Found()}");

    /// <summary>A float as <see cref="TextForm.Number(float)"/> writes it.</summary>
    public static float Single(string word) => word switch
    {
        "inf" => float.PositiveInfinity,
        "-inf" => float.NegativeInfinity,
        _ when word.StartsWith("nan(", StringComparison.Ordinal) => BitConverter.UInt32BitsToSingle((uint)Bits(word)),
        _ => float.Parse(word, CultureInfo.InvariantCulture),
    };

    /// <summary>A double as <see cref="TextForm.Number(double)"/> writes it.</summary>
    public static double Double(string word) => word switch
    {
        "inf" => double.PositiveInfinity,
        "-inf" => double.NegativeInfinity,
        _ when word.StartsWith("nan(", StringComparison.Ordinal) => BitConverter.UInt64BitsToDouble(Bits(word)),
        _ => double.Parse(word, CultureInfo.InvariantCulture),
    };

    /// <summary>A fault at the token.</summary>
    public TextFormException Fault(string message)
    {
        ReadOnlySpan<char> before = _text.AsSpan(0, _start);
        return new(before.Count('\n') + 1, _start - before.LastIndexOf('\n'), message);
    }

    private bool IsWord => !_quoted && _token.Length > 0 && TextForm.IsBare(_token[0]) && _token != "->";

    private string Found() => AtEnd ? "the end" : $"'{_token}'";

    private string Take() => Taken(_token);

    private T Taken<T>(T value)
    {
        Read();
        return value;
    }

    private static ulong Bits(string nan) =>
        ulong.Parse(nan.AsSpan(4, nan.Length - 5), NumberStyles.HexNumber, CultureInfo.InvariantCulture);

    private byte[] FromHex(string digits)
    {
        try
        {
            return Convert.FromHexString(digits);
        }
        catch (FormatException)
        {
            throw Fault($"'{digits}' is not in hexadecimal");
        }
    }

    private void Read()
    {
        _end = _at;
        SkipBlank();
        _start = _at;
        _quoted = _hex = false;
        _token = "";
        if (_at == _text.Length) return;
        if (_text[_at] == '"') ReadQuoted();
        else if (Follows("->") || Follows("::")) _token = _text.Substring((_at += 2) - 2, 2);
        else if (TextForm.IsBare(_text[_at])) ReadWord();
        else _token = _text[_at++].ToString();
    }

    private void ReadWord()
    {
        while (_at < _text.Length && TextForm.IsBare(_text[_at])) _at++;
        _token = _text[_start.._at];
        if (_token != "x" || _at == _text.Length || _text[_at] != '"') return;
        ReadQuoted();
        _hex = true;
    }

    private void ReadQuoted()
    {
        var to = new StringBuilder();
        for (_at++; _at < _text.Length && _text[_at] is not ('"' or '\n'); _at++)
        {
            if (_text[_at] != '\\' || ++_at == _text.Length) to.Append(_at < _text.Length ? _text[_at] : '\\');
            else if (_text[_at] == 'u' && _at + 4 < _text.Length
                && ushort.TryParse(_text.AsSpan(_at + 1, 4), NumberStyles.HexNumber, CultureInfo.InvariantCulture, out ushort code))
            {
                to.Append((char)code);
                _at += 4;
            }
            else to.Append(_text[_at] switch { 'n' => '\n', 't' => '\t', var c => c });
        }
        if (_at >= _text.Length || _text[_at] != '"') throw Fault("a quoted text does not end on its line");
        _at++;
        (_token, _quoted) = (to.ToString(), true);
    }

    private void SkipBlank()
    {
        while (_at < _text.Length)
        {
            if (char.IsWhiteSpace(_text[_at])) _at++;
            else if (Follows("//")) _at = _text.IndexOf('\n', _at) is var end and >= 0 ? end : _text.Length;
            else return;
        }
    }

    private bool Follows(string sign) => string.CompareOrdinal(_text, _at, sign, 0, sign.Length) == 0;
}
