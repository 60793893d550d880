using System.Text.Json.Serialization;

namespace GraphPartition.TensorRt.Cache;

/// <summary>What an entry says about its blob, as JSON.</summary>
/// <param name="Key">The key it was stored under: an entry that was renamed does not pass for another.</param>
/// <param name="Sha256">The hash of the blob.</param>
/// <param name="Length">The blob's length.</param>
/// <param name="Created">When it was stored.</param>
/// <param name="Properties">Whatever the caller wants to see in a list.</param>
internal sealed record EntryHeader(
    string Key, string Sha256, long Length, DateTime Created, IReadOnlyDictionary<string, string> Properties);

/// <summary>Reads and writes headers without reflection.</summary>
[JsonSerializable(typeof(EntryHeader))]
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
internal sealed partial class EntryHeaderJson : JsonSerializerContext;
