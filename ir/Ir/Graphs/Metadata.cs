namespace GraphPartition.Ir.Graphs;

/// <summary>Text of a file for people: kept through import and export, without meaning for the compiler.</summary>
/// <param name="DocString">The doc string.</param>
/// <param name="Properties">Key and value pairs in the order of the file.</param>
public sealed record Metadata(string DocString, ImmutableArray<KeyValuePair<string, string>> Properties)
{
    /// <summary>The metadata, or null where both are empty.</summary>
    public static Metadata? OrNull(string doc, ImmutableArray<KeyValuePair<string, string>> metadata) =>
        doc.Length == 0 && metadata.IsDefaultOrEmpty ? null : new(doc, metadata.IsDefault ? [] : metadata);
}
