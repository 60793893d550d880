using System.Collections.Immutable;
using GraphPartition.Ir.Graphs;

namespace GraphPartition.TestSupport;

/// <summary>Collects lines of <c>doc</c> and <c>meta</c>.</summary>
internal sealed class MetadataParser
{
    private readonly ImmutableArray<KeyValuePair<string, string>>.Builder _metadata =
        ImmutableArray.CreateBuilder<KeyValuePair<string, string>>();
    private string _doc = "";

    public bool TryRead(TextLexer lexer)
    {
        if (lexer.IsKeyword("doc"))
        {
            lexer.Expect("doc");
            _doc = lexer.Text();
            return true;
        }
        if (!lexer.IsKeyword("meta")) return false;
        lexer.Expect("meta");
        string key = lexer.Text();
        lexer.Expect("=");
        _metadata.Add(new(key, lexer.Text()));
        return true;
    }

    public Metadata? ToMetadata() => Metadata.OrNull(_doc, _metadata.ToImmutable());

    /// <summary>Reads the metadata of a value, in parentheses; null where there are none.</summary>
    public static ValueMetadata? OfValue(TextLexer lexer)
    {
        if (!lexer.TryTake("(")) return null;
        MetadataParser value = new(), tensor = new();
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
        return new()
        {
            Value = value.ToMetadata(),
            Tensor = tensor.ToMetadata(),
            Denotations = denotations.ToImmutable(),
            Quantization = quantization.ToImmutable()
        };
    }
}
