namespace GraphPartition.Ir.Text;

/// <summary>
/// Types in the text form: <c>f32[N,3]</c>, <c>seq(i64[*])</c>, <c>map(string, f32[])</c>; <c>?</c> where nothing is known.
/// </summary>
internal static class TypeText
{
    /// <summary>The text of a type.</summary>
    public static string Print(IrType type) => type switch
    {
        TensorType t => Tensor(t.Element, t.Shape),
        SparseTensorType t => $"sparse({Tensor(t.Element, t.Shape)})",
        SequenceType t => $"seq({Print(t.Element)})",
        OptionalType t => $"optional({Print(t.Element)})",
        MapType t => $"map({t.Key.Keyword()}, {Print(t.Value)})",
        _ => "?",
    };

    private static string Tensor(ElementType element, Shape? shape) =>
        element.Keyword() + (shape is null ? "[*]" : $"[{string.Join(",", shape.Dims.Select(Dimension))}]");

    private static string Dimension(Dim dim)
    {
        if (dim.Symbol is not { } symbol) return dim.ToString();
        string name = TextForm.Name(symbol); // one that looks like a number needs quotes too
        return char.IsAsciiDigit(name[0]) || name[0] == '-' ? TextForm.Quoted(symbol) : name;
    }
}
