using System.Collections.Immutable;
using GraphPartition.Foundation;
using GraphPartition.Ir.Types;

namespace GraphPartition.TestSupport;

/// <summary>
/// Reads types of the text form: <c>f32[N,3]</c>, <c>seq(i64[*])</c>, <c>map(string, f32[])</c>; <c>?</c> where nothing is
/// known.
/// </summary>
internal static class TypeParser
{
    /// <summary>Takes a type.</summary>
    public static IrType Parse(TextLexer lexer)
    {
        if (lexer.TryTake("seq")) return new SequenceType(Inner(lexer));
        if (lexer.TryTake("optional")) return new OptionalType(Inner(lexer));
        if (lexer.TryTake("sparse"))
            return Inner(lexer) is TensorType t ? new SparseTensorType(t.Element, t.Shape) : throw lexer.Fault("expected a tensor type");
        if (lexer.TryTake("map"))
        {
            lexer.Expect("(");
            ElementType key = Element(lexer);
            lexer.Expect(",");
            IrType value = lexer.Nested(() => Parse(lexer));
            lexer.Expect(")");
            return new MapType(key, value);
        }
        if (lexer.TryTake("?")) return lexer.Is("[") ? new TensorType(ElementType.Undefined, Dims(lexer)) : IrType.Unknown;
        return new TensorType(Element(lexer), Dims(lexer));
    }

    private static IrType Inner(TextLexer lexer)
    {
        lexer.Expect("(");
        IrType type = lexer.Nested(() => Parse(lexer));
        lexer.Expect(")");
        return type;
    }

    private static ElementType Element(TextLexer lexer)
    {
        if (lexer.TryTake("?")) return ElementType.Undefined;
        string word = lexer.Word();
        return ElementTypes.TryParse(word, out ElementType element) ? element : throw lexer.Fault($"'{word}' is not an element type");
    }

    private static Shape? Dims(TextLexer lexer)
    {
        lexer.Expect("[");
        if (lexer.TryTake("*"))
        {
            lexer.Expect("]");
            return null;
        }
        var dims = ImmutableArray.CreateBuilder<Dim>();
        for (bool more = !lexer.TryTake("]"); more; more = lexer.MoreUntil("]")) dims.Add(Dimension(lexer));
        return new Shape(dims.ToImmutable());
    }

    private static Dim Dimension(TextLexer lexer)
    {
        if (lexer.TryTake("?")) return Dim.Unknown;
        if (lexer.IsQuoted || lexer.PeekNumber() is null or "inf" or "nan") return Dim.Named(lexer.Name());
        return lexer.Integer() is var size and >= 0 ? Dim.Known(size) : throw lexer.Fault("a dimension cannot be negative");
    }
}
