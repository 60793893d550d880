namespace GraphPartition.Compiler.Passes.Elimination;

/// <summary>Compares attributes by content. Bodies, types and rare kinds are the same only as the same object.</summary>
internal static class SameAttributes
{
    public static bool Are(AttributeMap a, AttributeMap b)
    {
        if (ReferenceEquals(a, b)) return true;
        if (a.Count != b.Count) return false;
        using IEnumerator<KeyValuePair<string, AttributeValue>> others = b.GetEnumerator();
        foreach (var (name, value) in a)
            if (!others.MoveNext() || others.Current.Key != name || !Are(value, others.Current.Value)) return false;
        return true;
    }

    public static bool Are(TensorData a, TensorData b) =>
        ReferenceEquals(a, b)
        || (a is not StringTensor && b is not StringTensor
            && a.Element == b.Element && a.ByteCount == b.ByteCount && a.Dims.AsSpan().SequenceEqual(b.Dims.AsSpan())
            && a.ByteCount <= int.MaxValue && a.Bytes.Span.SequenceEqual(b.Bytes.Span));

    private static bool Are(AttributeValue a, AttributeValue b) => ReferenceEquals(a, b) || (a, b) switch
    {
        (IntAttribute x, IntAttribute y) => x.Value == y.Value,
        (FloatAttribute x, FloatAttribute y) => BitConverter.SingleToInt32Bits(x.Value) == BitConverter.SingleToInt32Bits(y.Value),
        (StringAttribute x, StringAttribute y) => x.Bytes.Span.SequenceEqual(y.Bytes.Span),
        (IntsAttribute x, IntsAttribute y) => x.Values.AsSpan().SequenceEqual(y.Values.AsSpan()),
        (FloatsAttribute x, FloatsAttribute y) => x.Values.AsSpan().SequenceEqual(y.Values.AsSpan()),
        (TensorAttribute x, TensorAttribute y) => Are(x.Value, y.Value),
        _ => false,
    };
}
