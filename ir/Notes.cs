using System.Collections.Immutable;

namespace GraphPartition.Ir;

/// <summary>What a file says for people: kept through import and export, without any meaning to the compiler.</summary>
/// <param name="Doc">The doc string.</param>
/// <param name="Metadata">Key and value pairs in the order of the file.</param>
public sealed record Notes(string Doc, ImmutableArray<KeyValuePair<string, string>> Metadata)
{
    /// <summary>The notes, or null where there is nothing to note.</summary>
    public static Notes? OrNull(string doc, ImmutableArray<KeyValuePair<string, string>> metadata) =>
        doc.Length == 0 && metadata.IsDefaultOrEmpty ? null : new(doc, metadata.IsDefault ? [] : metadata);
}
