namespace GraphPartition.TensorRt.Cache;

/// <summary>
/// Engines on disk, found by what they were built from. Safe for any number of processes and threads, and for processes that are
/// killed: a rename makes an entry appear as a whole, readers check every byte, and locks end with their process. A cache that cannot be
/// used costs time, never a result: problems are returned as warnings.
/// </summary>
/// <param name="folder">The folder of the cache; created with the first entry.</param>
/// <param name="maxBytes">The largest size in bytes, kept by removing the least recently used entries; default: no limit.</param>
public sealed class EngineCache(string folder, long maxBytes = long.MaxValue)
{
    /// <summary>Unfinished files of killed processes are removed after this time. Writing a file never takes so long.</summary>
    private static readonly TimeSpan Abandoned = TimeSpan.FromHours(1);

    /// <summary>The folder of the cache.</summary>
    public string Folder { get; } = Path.GetFullPath(folder);

    /// <summary>
    /// The usual folder of this user: <c>graphpartition/engines</c> below <c>$XDG_CACHE_HOME</c>, else below <c>%LOCALAPPDATA%</c> on
    /// Windows and <c>~/.cache</c> elsewhere.
    /// </summary>
    public static string DefaultFolder => Path.Combine(
        Environment.GetEnvironmentVariable("XDG_CACHE_HOME") is { Length: > 0 } cache ? cache
        : OperatingSystem.IsWindows() ? Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData)
        : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache"),
        "graphpartition", "engines");

    /// <summary>Whether there is an entry. Its contents are not checked.</summary>
    public bool Contains(EngineKey key) => File.Exists(PathOf(key));

    /// <summary>Looks an engine up. A damaged entry is removed.</summary>
    public EngineCacheAnswer Find(EngineKey key)
    {
        string path = PathOf(key);
        try
        {
            var (header, blob) = EntryFile.Read(path, withBlob: true);
            if (header.Key != key.Hex) throw new InvalidDataException("it was stored under another key");
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
            return new EngineCacheAnswer(null, TensorRtCodes.CacheEntryDamaged.At(path, e.Message));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return new EngineCacheAnswer(null, TensorRtCodes.CacheUnavailable.At(path, e.Message));
        }
    }

    /// <summary>Stores an engine, in place of one with the same key. Returns a warning if that fails, else null.</summary>
    /// <param name="key">Its key.</param>
    /// <param name="blob">The engine.</param>
    /// <param name="properties">Properties for lists of the cache.</param>
    public Diagnostic? Store(EngineKey key, ReadOnlyMemory<byte> blob, IReadOnlyDictionary<string, string>? properties = null)
    {
        try
        {
            EntryFile.Write(PathOf(key), key, blob, properties ?? new Dictionary<string, string>());
            if (maxBytes < long.MaxValue) Prune(maxBytes, keep: key);
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or EnvironmentException)
        {
            return TensorRtCodes.CacheUnavailable.At(PathOf(key), (e.InnerException ?? e).Message);
        }
    }

    /// <summary>
    /// Looks an engine up; if there is none, builds and stores it. Processes that need the same engine wait for the one that builds it.
    /// </summary>
    /// <param name="key">Its key.</param>
    /// <param name="build">Builds it.</param>
    /// <param name="warn">Receives warnings about damaged entries and a cache that cannot be used.</param>
    /// <param name="properties">Properties for lists of the cache.</param>
    /// <param name="cancellation">Stops waiting.</param>
    public ReadOnlyMemory<byte> FindOrBuild(
        EngineKey key,
        Func<ReadOnlyMemory<byte>> build,
        Action<Diagnostic> warn,
        IReadOnlyDictionary<string, string>? properties = null,
        CancellationToken cancellation = default)
    {
        if (Ask(key, warn) is { } found) return found;
        using FileLock? turn = TryLock(key, warn, cancellation);
        if (turn is not null && Ask(key, warn) is { } built) return built;
        ReadOnlyMemory<byte> blob = build();
        if (turn is not null && Store(key, blob, properties) is { } problem) warn(problem);
        return blob;
    }

    /// <summary>All entries, least recently used first. Headers are checked, blobs are not: see <see cref="Verify"/>.</summary>
    public IReadOnlyList<EngineCacheEntry> List() => Describe(withBlob: false);

    /// <summary>All entries, every byte checked. Nothing is removed.</summary>
    public IReadOnlyList<EngineCacheEntry> Verify() => Describe(withBlob: true);

    /// <summary>
    /// Removes entries, least recently used first, until the cache is no larger than <paramref name="maxBytes"/>; also unfinished files of
    /// killed processes. Returns the number of bytes freed.
    /// </summary>
    public long Prune(long maxBytes) => Prune(maxBytes, keep: null);

    private long Prune(long limit, EngineKey? keep)
    {
        if (!Directory.Exists(Folder)) return 0;
        using FileLock turn = FileLock.Acquire(Path.Combine(Folder, "locks", "prune"));
        long freed = 0;
        foreach (FileInfo file in FilesEndingIn(AtomicFile.Unfinished).Where(f => f.LastWriteTimeUtc < DateTime.UtcNow - Abandoned))
            freed += Remove(file.FullName) ? file.Length : 0;
        if (limit == 0)
            foreach (FileInfo file in FilesEndingIn(AnswerCache.Extension)) freed += Remove(file.FullName) ? file.Length : 0;
        var files = FilesEndingIn(EntryFile.Extension);
        long total = files.Sum(f => f.Length);
        foreach (FileInfo file in files.Where(f => f.FullName != (keep is { } key ? PathOf(key) : null)))
        {
            if (total <= limit) break;
            long length = file.Length;
            total -= length;
            freed += Remove(file.FullName) ? length : 0;
        }
        return freed;
    }

    /// <summary>Entries are in 256 folders, by the first two digits of their keys.</summary>
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
        if (answer.Problem is { } problem) warn(problem);
        return answer.Blob;
    }

    /// <summary>
    /// One of 256 locks, so that the number of files does not grow with the number of engines. A thread holds one lock at a time and
    /// takes no other while it builds, so there is no deadlock.
    /// </summary>
    private FileLock? TryLock(EngineKey key, Action<Diagnostic> warn, CancellationToken cancellation)
    {
        string path = Path.Combine(Folder, "locks", key.Hex[..2]);
        try
        {
            return FileLock.Acquire(path, cancellation: cancellation);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            warn(TensorRtCodes.CacheUnavailable.At(path, e.Message));
            return null;
        }
    }

    private static EngineCacheEntry? Describe(FileInfo file, bool withBlob)
    {
        if (!EngineKey.TryParse(Path.GetFileNameWithoutExtension(file.Name), out EngineKey key)) return null;
        EngineCacheEntry Entry(IReadOnlyDictionary<string, string> properties, Diagnostic? problem) =>
            new(key, file.Length, file.LastWriteTimeUtc, properties, problem);
        EngineCacheEntry Damaged(string message) =>
            Entry(new Dictionary<string, string>(), TensorRtCodes.CacheEntryDamaged.At(file.FullName, message));
        try
        {
            EntryHeader header = EntryFile.Read(file.FullName, withBlob).Header;
            return header.Key == key.Hex
                ? Entry(header.Properties, null) : Damaged("it was stored under another key");
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

    /// <summary>The time of last use is the file's modification time, so processes need no shared index.</summary>
    private static void MarkUsed(string path)
    {
        try
        {
            File.SetLastWriteTimeUtc(path, DateTime.UtcNow);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The file is read-only or was removed meanwhile. The engine was found all the same.
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

/// <summary>An entry of the cache, as lists show it.</summary>
/// <param name="Key">Its key.</param>
/// <param name="Bytes">The size of its file.</param>
/// <param name="LastUsed">When it was stored or last found, in universal time.</param>
/// <param name="Properties">The properties that were stored with it; empty if the entry is damaged.</param>
/// <param name="Problem">What is wrong with it; null if nothing is.</param>
public sealed record EngineCacheEntry(
    EngineKey Key, long Bytes, DateTime LastUsed, IReadOnlyDictionary<string, string> Properties, Diagnostic? Problem);

/// <summary>The result of a lookup.</summary>
/// <param name="Blob">The engine; null if the cache has none.</param>
/// <param name="Problem">A warning: the entry was damaged, or the cache could not be used. Null in both ordinary cases.</param>
public sealed record EngineCacheAnswer(byte[]? Blob, Diagnostic? Problem);
