using GraphPartition.Ir.Graphs;

namespace GraphPartition.Ir.Text;

/// <summary>
/// Metadata as text: <c>doc "an image"</c>, <c>meta "k" = "v"</c>, and for values <c>tensor doc</c>, <c>denotes</c> and
/// <c>quant</c> too.
/// </summary>
internal static class ValueMetadataText
{
    public static IEnumerable<string> Print(Metadata metadata)
    {
        if (metadata.DocString.Length > 0) yield return "doc " + TextForm.Quoted(metadata.DocString);
        foreach (var entry in metadata.Properties) yield return "meta " + Entry(entry);
    }

    public static IEnumerable<string> Print(ValueMetadata metadata)
    {
        foreach (string line in metadata.Value is { } value ? Print(value) : []) yield return line;
        foreach (string line in metadata.Tensor is { } tensor ? Print(tensor) : []) yield return "tensor " + line;
        if (!metadata.Denotations.IsEmpty) yield return "denotes " + string.Join(' ', metadata.Denotations.Select(TextForm.Quoted));
        foreach (var parameter in metadata.Quantization) yield return "quant " + Entry(parameter);
    }

    private static string Entry(KeyValuePair<string, string> entry) => $"{TextForm.Quoted(entry.Key)} = {TextForm.Quoted(entry.Value)}";
}
