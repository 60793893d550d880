using GraphPartition.Foundation;

namespace GraphPartition.TensorRt.Cache;

/// <summary>
/// Engines on disk, found by what they were built from. Safe for any number of processes and threads, and for processes that are
/// killed: an entry appears whole by a rename, readers check every byte, and locks end with their holder. A cache that cannot be
/// used costs time, never a result: problems come back as warnings.
/// </summary>
/// <param name="folder">Where it lies; made when first written.</param>
/// <param name="maxBytes">The size to stay under by removing entries that were not used for longest; by default there is no
/// limit.</param>
public sealed class EngineCache(string folder, long maxBytes = long.MaxValue)
{
    /// <summary>
    /// Files that a killed process left unfinished are removed after this time; nothing takes so long to write.
    /// </summary>
    private static readonly TimeSpan Abandoned = TimeSpan.FromHours(1);

    /// <summary>Where it lies.</summary>
    public string Folder { get; } = Path.GetFullPath(folder);

    /// <summary>The usual folder of this user: <c>$XDG_CACHE_HOME/graphpartition/engines</c>, or below <c>~/.cache</c>.</summary>
    public static string DefaultFolder => Path.Combine(
        Environment.GetEnvironmentVariable("XDG_CACHE_HOME") is { Length: > 0 } cache
            ? cache
            : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache"),
        "graphpartition", "engines");

    /// <summary>Looks an engine up. A damaged entry is removed.</summary>
    public EngineCacheAnswer Find(EngineKey key)
    {
        string path = PathOf(key);
        try
        {
            var (header, blob) = EntryFile.Read(path, withBlob: true);
            if (header.Key != key.Hex)
            {
                throw new InvalidDataException("it was stored under another key");
            }

            MarkUsed(path);
            return new EngineCacheAnswer(blob, null);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return new EngineCacheAnswer(null, null);
        }
        catch (InvalidDataException e)
        {
            Remove(path);
            return new EngineCacheAnswer(null, Codes.CacheEntryDamaged.At(path, e.Message));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return new EngineCacheAnswer(null, Codes.CacheUnavailable.At(path, e.Message));
        }
    }

    /// <summary>
    /// Stores an engine, in place of one with the same key. Gives a warning where that was not possible, else null.
    /// </summary>
    /// <param name="key">Its key.</param>
    /// <param name="blob">The engine.</param>
    /// <param name="properties">What lists shall show.</param>
    public Diagnostic? Store(EngineKey key, ReadOnlyMemory<byte> blob, IReadOnlyDictionary<string, string>? properties = null)
    {
        try
        {
            EntryFile.Write(PathOf(key), key, blob, properties ?? new Dictionary<string, string>());
            if (maxBytes < long.MaxValue)
            {
                Prune(maxBytes, keep: key);
            }

            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return Codes.CacheUnavailable.At(PathOf(key), e.Message);
        }
    }

    /// <summary>
    /// Looks an engine up, and builds and stores it where there is none. Processes that want the same engine wait for the one
    /// that builds it.
    /// </summary>
    /// <param name="key">Its key.</param>
    /// <param name="build">Makes it.</param>
    /// <param name="warn">Hears of damaged entries and of a cache that cannot be used.</param>
    /// <param name="properties">What lists shall show.</param>
    /// <param name="cancellation">Ends the waiting.</param>
    public ReadOnlyMemory<byte> FindOrBuild(
        EngineKey key,
        Func<ReadOnlyMemory<byte>> build,
        Action<Diagnostic> warn,
        IReadOnlyDictionary<string, string>? properties = null,
        CancellationToken cancellation = default)
    {
        if (Ask(key, warn) is { } found)
        {
            return found;
        }

        using FileLock? turn = TryLock(key, warn, cancellation);
        if (turn is not null && Ask(key, warn) is { } built)
        {
            return built;
        }

        ReadOnlyMemory<byte> blob = build();
        if (turn is not null && Store(key, blob, properties) is { } problem)
        {
            warn(problem);
        }

        return blob;
    }

    /// <summary>All entries, least recently used first. Headers are checked, blobs are not: see <see cref="Verify"/>.</summary>
    public IReadOnlyList<EngineCacheEntry> List() => Describe(withBlob: false);

    /// <summary>All entries, every byte checked. Nothing is removed.</summary>
    public IReadOnlyList<EngineCacheEntry> Verify() => Describe(withBlob: true);

    /// <summary>
    /// Removes entries, least recently used first, until the cache is no larger; and what killed processes left. Gives the
    /// bytes freed.
    /// </summary>
    public long Prune(long maxBytes) => Prune(maxBytes, keep: null);

    private long Prune(long limit, EngineKey? keep)
    {
        if (!Directory.Exists(Folder))
        {
            return 0;
        }

        using FileLock turn = FileLock.Acquire(Path.Combine(Folder, "locks", "prune"));
        long freed = 0;
        foreach (FileInfo file in FilesEndingIn(AtomicFile.Unfinished).Where(f => f.LastWriteTimeUtc < DateTime.UtcNow - Abandoned))
        {
            freed += Remove(file.FullName) ? file.Length : 0;
        }

        var files = FilesEndingIn(EntryFile.Extension);
        long total = files.Sum(f => f.Length);
        foreach (FileInfo file in files.Where(f => f.FullName != (keep is { } key ? PathOf(key) : null)))
        {
            if (total <= limit)
            {
                break;
            }

            long length = file.Length;
            total -= length;
            freed += Remove(file.FullName) ? length : 0;
        }

        return freed;
    }

    /// <summary>Entries lie in 256 folders, by the first two digits of their keys.</summary>
    private string PathOf(EngineKey key) => Path.Combine(Folder, key.Hex[..2], key.Hex + EntryFile.Extension);

    /// <summary>Least recently used first.</summary>
    private List<FileInfo> FilesEndingIn(string extension) => !Directory.Exists(Folder)
        ? []
        : [.. new DirectoryInfo(Folder).EnumerateFiles("*" + extension, SearchOption.AllDirectories).OrderBy(f => f.LastWriteTimeUtc)];

    private List<EngineCacheEntry> Describe(bool withBlob) =>
        [.. FilesEndingIn(EntryFile.Extension).Select(f => Describe(f, withBlob)).OfType<EngineCacheEntry>()];

    private byte[]? Ask(EngineKey key, Action<Diagnostic> warn)
    {
        EngineCacheAnswer answer = Find(key);
        if (answer.Problem is { } problem)
        {
            warn(problem);
        }

        return answer.Blob;
    }

    /// <summary>
    /// One of 256 locks: as many files at most, whatever the number of engines. A thread holds one at a time and builds without
    /// taking another, so nobody waits in a circle.
    /// </summary>
    private FileLock? TryLock(EngineKey key, Action<Diagnostic> warn, CancellationToken cancellation)
    {
        string path = Path.Combine(Folder, "locks", key.Hex[..2]);
        try
        {
            return FileLock.Acquire(path, cancellation);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            warn(Codes.CacheUnavailable.At(path, e.Message));
            return null;
        }
    }

    private static EngineCacheEntry? Describe(FileInfo file, bool withBlob)
    {
        if (!EngineKey.TryParse(Path.GetFileNameWithoutExtension(file.Name), out EngineKey key))
        {
            return null;
        }

        EngineCacheEntry Entry(IReadOnlyDictionary<string, string> properties, Diagnostic? problem) =>
            new(key, file.Length, file.LastWriteTimeUtc, properties, problem);
        EngineCacheEntry Damaged(string message) =>
            Entry(new Dictionary<string, string>(), Codes.CacheEntryDamaged.At(file.FullName, message));
        try
        {
            EntryHeader header = EntryFile.Read(file.FullName, withBlob).Header;
            return header.Key == key.Hex
                ? Entry(header.Properties, null)
                : Damaged("it was stored under another key");
        }
        catch (InvalidDataException e)
        {
            return Damaged(e.Message);
        }
        catch (FileNotFoundException)
        {
            return null; // removed since the folder was listed
        }
    }

    /// <summary>
    /// The time of last use is the file's time of change: it needs no index that processes would have to share.
    /// </summary>
    private static void MarkUsed(string path)
    {
        try
        {
            File.SetLastWriteTimeUtc(path, DateTime.UtcNow);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Read-only, or removed meanwhile: the engine was found all the same.
        }
    }

    private static bool Remove(string path)
    {
        try
        {
            File.Delete(path);
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
