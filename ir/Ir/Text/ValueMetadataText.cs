using System.Collections.Immutable;
using GraphPartition.Ir.Graphs;

namespace GraphPartition.Ir.Text;

/// <summary>Notes as text: <c>doc "an image"</c>, <c>meta "k" = "v"</c>, and of values <c>tensor doc</c>, <c>denotes</c> and <c>quant</c> too.</summary>
internal static class ValueMetadataText
{
    public static IEnumerable<string> Print(Metadata notes)
    {
        if (notes.DocString.Length > 0) yield return "doc " + TextForm.Quoted(notes.DocString);
        foreach (var entry in notes.Properties) yield return "meta " + Entry(entry);
    }

    public static IEnumerable<string> Print(ValueMetadata notes)
    {
        foreach (string line in notes.Value is { } value ? Print(value) : []) yield return line;
        foreach (string line in notes.Tensor is { } tensor ? Print(tensor) : []) yield return "tensor " + line;
        if (!notes.Denotations.IsEmpty) yield return "denotes " + string.Join(' ', notes.Denotations.Select(TextForm.Quoted));
        foreach (var parameter in notes.Quantization) yield return "quant " + Entry(parameter);
    }

    /// <summary>Reads the notes of a value, in parentheses; null where there are none.</summary>
    public static ValueMetadata? Parse(TextLexer lexer)
    {
        if (!lexer.TryTake("(")) return null;
        MetadataReader value = new(), tensor = new();
        var denotations = ImmutableArray.CreateBuilder<string>();
        var quantization = ImmutableArray.CreateBuilder<KeyValuePair<string, string>>();
        do
            if (lexer.TryTake("denotes"))
                while (lexer.IsQuoted) denotations.Add(lexer.Text());
            else if (lexer.TryTake("quant"))
            {
                string key = lexer.Text();
                lexer.Expect("=");
                quantization.Add(new(key, lexer.Text()));
            }
            else if (!(lexer.TryTake("tensor") ? tensor : value).TryRead(lexer))
                throw lexer.Fault("expected doc, meta, tensor, denotes or quant");
        while (lexer.MoreUntil(")"));
        return new() { Value = value.ToMetadata(), Tensor = tensor.ToMetadata(), Denotations = denotations.ToImmutable(), Quantization = quantization.ToImmutable() };
    }

    private static string Entry(KeyValuePair<string, string> entry) => $"{TextForm.Quoted(entry.Key)} = {TextForm.Quoted(entry.Value)}";
}
