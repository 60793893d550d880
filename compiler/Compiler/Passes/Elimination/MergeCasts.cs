namespace GraphPartition.Compiler.Passes.Elimination;

/// <summary>
/// Cast(Cast(x, B), C) = Cast(x, C) where every number of x's type A is a number of B too: then the first cast loses nothing.
/// Where C is A, both casts go.
/// </summary>
/// <remarks>
/// A cast from an integer A through a float B is merged only if C is A, bool or a float: the result of a float that is out of an
/// integer's range is not defined, whereas the result of an integer is.
/// </remarks>
public sealed class MergeCasts() : NodePass("Cast")
{
    /// <inheritdoc/>
    protected override Func<Node, bool> Start(RewriteContext rewrite)
    {
        var sources = new Dictionary<Value, Value>(); // for the output of a cast, the value before all casts
        return node =>
        {
            if (!node.Op.Is("Cast") || rewrite.Input(node, 0) is not { } input || node.Output(0) is not { } result) return false;
            if (!sources.TryGetValue(input, out Value? source) || !CanMerge(node, source, input, result, rewrite))
            {
                sources[rewrite.Keep(node).Outputs[0]!] = input;
                return true;
            }
            if (source.ElementType == result.ElementType && rewrite.TryReplace(result, source)) return true;
            rewrite.Replace(node, "Cast", [source], node.Attributes);
            sources[rewrite.Map(result)] = source;
            return true;
        };
    }

    private static bool CanMerge(Node node, Value source, Value middle, Value result, RewriteContext rewrite)
    {
        (ElementType a, ElementType b, ElementType c) = (source.ElementType, middle.ElementType, result.ElementType);
        bool isDefined = IsFloat(a) || !IsFloat(b) || IsFloat(c) || c == a || c == ElementType.Bool;
        if (IsLossless(a, b) && isDefined && c.Bits() >= 8) return true;
        rewrite.Refuse(node, $"a cast from {a.Keyword()} to {b.Keyword()} before it may lose digits");
        return false;
    }

    private static bool IsLossless(ElementType from, ElementType to)
    {
        if (from == to) return true;
        (int digits, int exponent, bool isSigned) = Format(from);
        (int toDigits, int toExponent, bool toSigned) = Format(to);
        return digits > 0 && digits <= toDigits && (IsFloat(to) || !IsFloat(from)) && (!isSigned || toSigned) && exponent <= toExponent;
    }

    /// <summary>
    /// Binary digits of the significand with the hidden one, or of an integer without its sign; digits of the exponent, which an
    /// integer has none of; whether there is a sign. No digits: another type.
    /// </summary>
    private static (int Digits, int Exponent, bool IsSigned) Format(ElementType type) => type switch
    {
        ElementType.Bool => (1, 0, false),
        ElementType.Int8 => (7, 0, true),
        ElementType.UInt8 => (8, 0, false),
        ElementType.Int16 => (15, 0, true),
        ElementType.UInt16 => (16, 0, false),
        ElementType.Int32 => (31, 0, true),
        ElementType.UInt32 => (32, 0, false),
        ElementType.Int64 => (63, 0, true),
        ElementType.UInt64 => (64, 0, false),
        ElementType.BFloat16 => (8, 8, true),
        ElementType.Float16 => (11, 5, true),
        ElementType.Float32 => (24, 8, true),
        ElementType.Float64 => (53, 11, true),
        _ => default,
    };

    private static bool IsFloat(ElementType type) => Format(type).Exponent > 0;
}
