namespace GraphPartition.TensorRt.Cache;

/// <summary>
/// Small results beside the engines of a cache, for instance what the parser answered about a group. Safe for any number of processes, as
/// <see cref="EngineCache"/> is. An answer that cannot be read or written costs time only, so nothing is reported.
/// </summary>
/// <param name="cache">The cache that they belong to.</param>
public sealed class AnswerCache(EngineCache cache)
{
    /// <summary>The ending of their files.</summary>
    internal const string Extension = ".answer";

    /// <summary>The answer under a key; null if there is none.</summary>
    public ReadOnlyMemory<byte>? Find(EngineKey key)
    {
        try
        {
            var (header, blob) = EntryFile.Read(PathOf(key), withBlob: true);
            return header.Key == key.Hex ? blob.AsMemory() : default(ReadOnlyMemory<byte>?);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or InvalidDataException)
        {
            return null;
        }
    }

    /// <summary>Stores an answer.</summary>
    public void Store(EngineKey key, ReadOnlyMemory<byte> answer)
    {
        try
        {
            EntryFile.Write(PathOf(key), key, answer, new Dictionary<string, string>());
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or EnvironmentException)
        {
            // The question is asked again next time.
        }
    }

    private string PathOf(EngineKey key) => Path.Combine(cache.Folder, "answers", key.Hex[..2], key.Hex + Extension);
}
