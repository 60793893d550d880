using System.Globalization;
using System.Text;

namespace GraphPartition.Operators.Inference;

/// <summary>
/// A symbolic dimension as a sum: <c>c + k1*t1 + k2*t2 + ...</c>, where a term is a symbol, a product of symbols, or a
/// quotient rounded down such as <c>(h-1)/2</c>. Equal sums print alike, so equal dimensions get equal names.
/// </summary>
internal sealed class LinearForm
{
    private readonly SortedDictionary<string, long> _terms = new(StringComparer.Ordinal);
    private long _constant;

    public static LinearForm Of(long constant) => new() { _constant = constant };

    /// <summary>Reads a name back. A name that is not an expression of ours is one term.</summary>
    public static LinearForm Parse(string name)
    {
        var form = new LinearForm();
        int start = 0, depth = 0;
        for (int i = 0; i <= name.Length; i++)
        {
            char c = i < name.Length ? name[i] : '+';
            depth += c switch { '(' => 1, ')' => -1, _ => 0 };
            if (depth > 0 || (i == 0 && c == '-') || c is not ('+' or '-')) continue;
            form.AddProduct(name[start..i]);
            start = c == '-' ? i : i + 1;
        }
        return form;
    }

    /// <summary>The number, where no term is left.</summary>
    public long? Constant => _terms.Count == 0 ? _constant : null;

    public LinearForm Plus(LinearForm other, long times = 1)
    {
        var sum = Of(checked(_constant + times * other._constant));
        foreach (var (term, k) in _terms) sum.Add(term, k);
        foreach (var (term, k) in other._terms) sum.Add(term, checked(times * k));
        return sum;
    }

    public LinearForm Times(LinearForm other)
    {
        if (Constant is { } a) return new LinearForm().Plus(other, a);
        if (other.Constant is { } b) return new LinearForm().Plus(this, b);
        var product = new LinearForm();
        if (IsOneTerm(out string s, out long k) && other.IsOneTerm(out string t, out long l))
            product.Add(Product([.. Factors(s), .. Factors(t)]), checked(k * l));
        else
            product.Add(Product([AsFactor(), other.AsFactor()]), 1);
        return product;
    }

    /// <summary>This divided by <paramref name="divisor"/> (above 0), rounded down: floor((nA + r)/n) = A + floor(r/n).</summary>
    public LinearForm DividedBy(long divisor)
    {
        var whole = Of((long)Math.Floor((decimal)_constant / divisor));
        var rest = Of(_constant - whole._constant * divisor);
        foreach (var (term, k) in _terms) (k % divisor == 0 ? whole : rest).Add(term, k % divisor == 0 ? k / divisor : k);
        if (rest._terms.Count == 0) return whole;
        if (rest.AsQuotient() is var (dividend, inner) && inner > 0) // floor((floor(x/m) + c)/n) = floor((x + cm)/(mn))
            return whole.Plus(Parse(dividend).Plus(Of(checked(rest._constant * inner))).DividedBy(checked(inner * divisor)));
        whole.Add($"{rest.AsFactor()}/{divisor}", 1);
        return whole;
    }

    /// <summary>This divided by another form where the division is exact by sight; else null.</summary>
    public LinearForm? DividedBy(LinearForm other)
    {
        if (other.Constant is { } n) return n > 0 ? DividedBy(n) : null;
        if (ToString() == other.ToString()) return Of(1);
        if (!IsOneTerm(out string s, out long k) || !other.IsOneTerm(out string t, out long l) || k % l != 0) return null;
        List<string> factors = [.. Factors(s)];
        foreach (string f in Factors(t))
            if (!factors.Remove(f)) return null;
        var quotient = new LinearForm();
        if (factors.Count == 0) quotient._constant = k / l;
        else quotient.Add(Product(factors), k / l);
        return quotient;
    }

    /// <summary>The range of the sum.</summary>
    /// <param name="rangeOf">The range of a symbol; null where it has no bound.</param>
    /// <returns>The range; null where a symbol has no bound.</returns>
    public IntegerRange? RangeOf(Func<string, IntegerRange?> rangeOf)
    {
        IntegerRange? sum = new IntegerRange(_constant, _constant);
        foreach (var (term, k) in _terms)
        {
            IntegerRange? product = new IntegerRange(k, k);
            foreach (string factor in Factors(term))
                product = OfFactor(factor, rangeOf) is { } range ? product?.Times(range) : null;
            sum = product is { } p ? sum?.Plus(p) : null;
        }
        return sum;
    }

    /// <summary>A factor is a quotient, a smaller one of two, a sum in parentheses, or a symbol.</summary>
    private static IntegerRange? OfFactor(string factor, Func<string, IntegerRange?> rangeOf)
    {
        if (factor is ['(', .. var inner, ')']) return Parse(inner).RangeOf(rangeOf);
        int slash = factor.LastIndexOf('/');
        if (slash > 0 && long.TryParse(factor.AsSpan(slash + 1), CultureInfo.InvariantCulture, out long n) && n > 0)
            return OfFactor(factor[..slash], rangeOf)?.DividedBy(n); // of elements towards 0, of sizes down
        if (factor.StartsWith("min(", StringComparison.Ordinal) && factor[4..^1].Split('|') is [var a, var b])
            return (Parse(a).RangeOf(rangeOf), Parse(b).RangeOf(rangeOf)) switch
            {
                ({ } x, { } y) => new(Math.Min(x.Least, y.Least), Math.Min(x.Most, y.Most)),
                ({ } x, null) => new(long.MinValue, x.Most),
                (null, { } y) => new(long.MinValue, y.Most),
                _ => null,
            };
        return rangeOf(factor);
    }

    public override string ToString()
    {
        var text = new StringBuilder();
        foreach (var (term, k) in _terms)
        {
            if (k < 0) text.Append('-'); // in front of the term, where Parse looks for it
            else if (text.Length > 0) text.Append('+');
            text.Append(term);
            if (k is not (1 or -1)) text.Append('*').Append(((Int128)k * Math.Sign(k)).ToString(CultureInfo.InvariantCulture));
        }
        if (_constant > 0 && text.Length > 0) text.Append('+');
        if (_constant != 0 || text.Length == 0) text.Append(_constant.ToString(CultureInfo.InvariantCulture));
        return text.ToString();
    }

    private void AddProduct(string text)
    {
        if (text.Length == 0) return;
        long k = text[0] == '-' ? -1 : 1;
        var factors = new List<string>();
        foreach (string f in Factors(text[0] == '-' ? text[1..] : text))
            if (long.TryParse(f, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long n)) k = checked(k * n);
            else factors.Add(f);
        if (factors.Count == 0) _constant = checked(_constant + k);
        else Add(Product(factors), k);
    }

    private void Add(string term, long k)
    {
        long sum = checked(_terms.GetValueOrDefault(term) + k);
        if (sum == 0) _terms.Remove(term);
        else _terms[term] = sum;
    }

    private bool IsOneTerm(out string term, out long k)
    {
        (term, k) = ("", 0);
        if (_terms.Count != 1 || _constant != 0) return false;
        foreach (var item in _terms) (term, k) = item;
        return true;
    }

    private string AsFactor() => IsOneTerm(out string term, out long k) && k == 1 && !term.Contains('/') ? term : $"({this})";

    private static string Product(IEnumerable<string> factors) => string.Join('*', factors.Order(StringComparer.Ordinal));

    private static IEnumerable<string> Factors(string product)
    {
        int start = 0, depth = 0;
        for (int i = 0; i < product.Length; i++)
        {
            depth += product[i] switch { '(' => 1, ')' => -1, _ => 0 };
            if (product[i] != '*' || depth > 0) continue;
            yield return product[start..i];
            start = i + 1;
        }
        yield return product[start..];
    }

    /// <summary>The parts of <c>x/n + constant</c>; n is 0 where this is no such form.</summary>
    private (string Dividend, long Divisor) AsQuotient()
    {
        if (_terms.Count != 1 || _terms.First() is not { Value: 1, Key: var term } || term.Contains('*')) return default;
        int slash = term.LastIndexOf('/');
        if (slash < 0 || !long.TryParse(term.AsSpan(slash + 1), CultureInfo.InvariantCulture, out long n)) return default;
        string dividend = term[..slash];
        return (dividend is ['(', .. var inner, ')'] ? inner : dividend, n);
    }
}
