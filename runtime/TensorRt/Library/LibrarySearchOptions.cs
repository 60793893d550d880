namespace GraphPartition.TensorRt.Library;

/// <summary>Where to look for TensorRT, and for what.</summary>
public sealed record LibrarySearchOptions
{
    /// <summary>Folders to look into before all others, in order. An explicit file may be given too.</summary>
    public IReadOnlyList<string> Folders { get; init; } = [];

    /// <summary>TENSORRT_HOME: an unpacked release; looked into itself and in its folder "lib".</summary>
    public string? Home { get; init; }

    /// <summary>
    /// Whether to ask the loader (LD_LIBRARY_PATH, ld.so.cache), the application's folder and the usual places.
    /// </summary>
    public bool UseSystem { get; init; } = true;

    /// <summary>Look for TensorRT-RTX in place of TensorRT.</summary>
    public bool Rtx { get; init; }

    /// <summary>The usual search, with TENSORRT_HOME taken from the environment.</summary>
    public static LibrarySearchOptions FromEnvironment() => new() { Home = Environment.GetEnvironmentVariable("TENSORRT_HOME") };

    /// <summary>The names of the core library, newest release first. A name without a folder is the loader's to find.</summary>
    internal string[] FileNames => Rtx
        ? ["libtensorrt_rtx.so.1", "libtensorrt_rtx.so"]
        : ["libnvinfer.so.11", "libnvinfer.so.10", "libnvinfer.so.8", "libnvinfer.so"];

    /// <summary>Every file that is worth trying, in order.</summary>
    internal IEnumerable<string> Candidates()
    {
        foreach (string place in Folders.Where(File.Exists))
        {
            yield return place;
        }

        string[] home = string.IsNullOrEmpty(Home) ? [] : [Path.Combine(Home, "lib"), Home];
        foreach (string file in Present(Folders.Concat(home)))
        {
            yield return file;
        }

        if (UseSystem)
        {
            foreach (string file in Present([AppContext.BaseDirectory]).Concat(FileNames).Concat(Present(UsualFolders)))
            {
                yield return file;
            }
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
