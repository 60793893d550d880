namespace GraphPartition.TensorRt.Library;

/// <summary>The outcome of a search for TensorRT: the library, or why there is none.</summary>
/// <param name="Library">The library; null if none can be used.</param>
/// <param name="Attempts">What was tried, in order.</param>
/// <param name="Problem">Why there is no library, with the remedy; null if there is one.</param>
public sealed record LibrarySearch(TensorRtLibrary? Library, IReadOnlyList<LibraryAttempt> Attempts, Diagnostic? Problem);

/// <summary>One file that was tried.</summary>
/// <param name="Path">The file, or a bare name for the loader to find.</param>
/// <param name="Release">Its release; null if it could not be loaded.</param>
/// <param name="Outcome">"used", or why not.</param>
public sealed record LibraryAttempt(string Path, TensorRtRelease? Release, string Outcome)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Path}{(Release is { } r ? $" ({r})" : "")}: {Outcome}";
}

/// <summary>Where to search for TensorRT, and for which product.</summary>
public sealed record LibrarySearchOptions
{
    /// <summary>Folders to search before all others, in order. Files are allowed too.</summary>
    public IReadOnlyList<string> Folders { get; init; } = [];

    /// <summary>TENSORRT_HOME: the folder of an unpacked release. Its folder "lib" and the folder itself are searched.</summary>
    public string? Home { get; init; }

    /// <summary>Whether to search the application's folder, the loader's path and the usual folders.</summary>
    public bool UseSystem { get; init; } = true;

    /// <summary>Search for TensorRT-RTX instead of TensorRT.</summary>
    public bool Rtx { get; init; }

    /// <summary>The usual search, with TENSORRT_HOME taken from the environment.</summary>
    public static LibrarySearchOptions FromEnvironment() => new() { Home = Environment.GetEnvironmentVariable("TENSORRT_HOME") };

    /// <summary>The names of the core library, newest release first. The loader finds a name without a folder.</summary>
    internal string[] FileNames => Rtx
        ? ["libtensorrt_rtx.so.1", "libtensorrt_rtx.so"]
        : ["libnvinfer.so.11", "libnvinfer.so.10", "libnvinfer.so.8", "libnvinfer.so"];

    /// <summary>Every file to try, in order.</summary>
    internal IEnumerable<string> Candidates()
    {
        foreach (string place in Folders.Where(File.Exists)) yield return place;
        string[] home = string.IsNullOrEmpty(Home) ? [] : [Path.Combine(Home, "lib"), Home];
        foreach (string file in Present(Folders.Concat(home))) yield return file;
        if (UseSystem)
        {
            foreach (string file in Present([AppContext.BaseDirectory]).Concat(FileNames).Concat(Present(UsualFolders)))
                yield return file;
        }
    }

    private static readonly string[] UsualFolders =
    [
        "/usr/lib/x86_64-linux-gnu", "/usr/lib64", "/usr/local/lib", "/usr/local/tensorrt/lib", "/usr/local/TensorRT/lib",
        "/opt/tensorrt/lib", "/opt/TensorRT/lib", "/usr/src/tensorrt/lib",
    ];

    private IEnumerable<string> Present(IEnumerable<string> folders) =>
        folders.SelectMany(folder => FileNames.Select(name => Path.Combine(folder, name))).Where(File.Exists);
}
