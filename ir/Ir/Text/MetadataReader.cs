using System.Collections.Immutable;
using GraphPartition.Ir.Graphs;

namespace GraphPartition.Ir.Text;

/// <summary>Collects lines of <c>doc</c> and <c>meta</c>.</summary>
internal sealed class MetadataReader
{
    private readonly ImmutableArray<KeyValuePair<string, string>>.Builder _metadata = ImmutableArray.CreateBuilder<KeyValuePair<string, string>>();
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
}
