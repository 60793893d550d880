using System.Collections.Concurrent;

namespace GraphPartition.TensorRt.Library;

/// <summary>
/// A loaded TensorRT. There is one for each file and process, and it is never unloaded: TensorRT keeps the logger, CUDA contexts and its
/// threads. Safe for several threads; the objects that it creates are for one thread at a time unless they state otherwise.
/// </summary>
public sealed unsafe class TensorRtLibrary
{
    private static readonly ConcurrentDictionary<nint, TensorRtLibrary> Loaded = new();

    private readonly nint _handle;
    private readonly int _versionNumber;
    private readonly CallbackObject _logger;
    private readonly SelfCheck _selfCheck = new();
    private readonly Lazy<OnnxParserLibrary?> _parser;
    private readonly Lazy<PluginRegistry> _plugins;

    private TensorRtLibrary(nint handle, string path, int versionNumber, AbiLayout layout)
    {
        _handle = handle;
        _versionNumber = versionNumber;
        Path = path;
        Layout = layout;
        _logger = NativeLogger.Create(layout, Log);
        _parser = new Lazy<OnnxParserLibrary?>(() => OnnxParserLibrary.FindBeside(this));
        _plugins = new Lazy<PluginRegistry>(() => new(this, GetPluginRegistry()));
    }

    /// <summary>The file.</summary>
    public string Path { get; }

    /// <summary>The release.</summary>
    public TensorRtRelease Release => Layout.Release;

    /// <summary>Whether the ONNX parser of this release is there; engines run without it but cannot be built.</summary>
    public bool HasParser => _parser.Value is not null;

    /// <summary>
    /// Whether the release is newer than the headers that the binding comes from. It works if the release only added members.
    /// </summary>
    public bool IsNewerThanKnown => AbiLayout.IsNewerThanTables(Release);

    /// <summary>Its files: the library and, if it is there, its ONNX parser.</summary>
    public IReadOnlyList<FileInfo> Files => _parser.Value is { } parser ? [new(Path), new(parser.Path)] : [new(Path)];

    /// <summary>The libraries of plugins that <see cref="LoadPlugins"/> has loaded.</summary>
    public IReadOnlyList<PluginLibrary> Plugins => _plugins.IsValueCreated ? _plugins.Value.Loaded : [];

    internal AbiLayout Layout { get; }
    internal LogHub Log { get; } = new();
    internal nint Logger => _logger.Pointer;

    /// <summary>The parser library.</summary>
    /// <exception cref="TensorRtException">There is none (GP4003).</exception>
    internal OnnxParserLibrary Parser => _parser.Value
        ?? throw new TensorRtException(
            TensorRtCodes.NoOnnxParser, Path, $"{OnnxParserLibrary.BaseName(Release)} is not beside it and not on the loader's path");

    /// <summary>Searches for TensorRT and loads the first library that can be used. Never throws.</summary>
    public static LibrarySearch Find(LibrarySearchOptions? options = null)
    {
        options ??= LibrarySearchOptions.FromEnvironment();
        if (!OperatingSystem.IsLinux() || RuntimeInformation.ProcessArchitecture != Architecture.X64)
        {
            string here = RuntimeInformation.RuntimeIdentifier;
            string message = $"the binding supports the C++ calling convention of Linux on x64 only; this is {here}";
            return new LibrarySearch(null, [], TensorRtCodes.PlatformUnsupported.At("TensorRT", message));
        }
        List<LibraryAttempt> attempts = [];
        foreach (string path in options.Candidates().Distinct())
        {
            TensorRtLibrary? library = Load(path, out LibraryAttempt attempt);
            attempts.Add(attempt);
            if (library is not null) return new LibrarySearch(library, attempts, null);
        }
        // Which library was refused is worth a line; how the loader failed for each name is in the attempts.
        LibraryAttempt[] refused = [.. attempts.Where(a => a.Release is not null)];
        string reason = refused.Length > 0 ? string.Join("; ", refused.AsEnumerable())
            : attempts.Count > 0 ? $"none of {string.Join(", ", attempts.Select(a => a.Path))} could be loaded"
            : "no library was found in any known folder";
        return new LibrarySearch(null, attempts, TensorRtCodes.NoTensorRt.At("TensorRT", reason));
    }

    /// <summary>
    /// Loads libraries of plugins and registers them with builders and runtimes of this process. Code of a library runs in this process.
    /// A library that is loaded already is left as it is.
    /// </summary>
    /// <param name="paths">The files.</param>
    /// <exception cref="ModelException">A library cannot be used (GP4030).</exception>
    public void LoadPlugins(IEnumerable<string> paths)
    {
        foreach (string path in paths) _plugins.Value.Load(path);
    }

    /// <summary>Calls getPluginRegistry: IPluginRegistry* (); 0 if the library has none.</summary>
    private nint GetPluginRegistry() =>
        NativeLibrary.TryGetExport(_handle, "getPluginRegistry", out nint get) ? ((delegate* unmanaged<nint>)get)() : 0;

    /// <summary>Calls createInferBuilder_INTERNAL, createInferRuntime_INTERNAL: void* (void* logger, int32 version).</summary>
    internal nint Create(string function) =>
        NativeLibrary.TryGetExport(_handle, function, out nint create)
            ? ((delegate* unmanaged<nint, int, nint>)create)(Logger, _versionNumber) : 0;

    /// <summary>Calls createInferRefitter_INTERNAL: void* (void* engine, void* logger, int32 version).</summary>
    internal nint CreateRefitter(NativeObject engine)
    {
        nint refitter = NativeLibrary.TryGetExport(_handle, "createInferRefitter_INTERNAL", out nint create)
            ? ((delegate* unmanaged<nint, nint, int, nint>)create)(engine.Pointer, Logger, _versionNumber) : 0;
        GC.KeepAlive(engine);
        return refitter;
    }

    /// <summary>Takes ownership of an object of TensorRT. The first object of each class is checked.</summary>
    internal NativeObject Own(string type, nint pointer, DiagnosticCode code, string what, LogScope log, params SafeHandle[] dependencies)
    {
        if (pointer == 0)
            throw new TensorRtException(code, Release.ToString(), $"{what} failed: TensorRT returned null", log.Lines);
        // Before taking ownership: the destructor of an object of another class must not be called either.
        Check(type, pointer);
        return NativeObject.Own(Layout, pointer, [_logger, .. dependencies]);
    }

    /// <summary>
    /// Compares an object with the tables, once per class. Classes of the core hide an implementation, the parser's do not.
    /// </summary>
    internal void Check(string type, nint pointer)
    {
        if (_selfCheck.Look(Layout, type, pointer, isHidden: type.StartsWith('V')) is { } fault)
            throw new TensorRtException(TensorRtCodes.TensorRtUnknown, $"{Release} at {Path}", fault);
    }

    private static TensorRtLibrary? Load(string path, out LibraryAttempt attempt)
    {
        if (!Loader.TryLoad(path, out nint handle, out string notLoaded))
        {
            attempt = new LibraryAttempt(path, null, notLoaded);
            return null;
        }
        if (!NativeLibrary.TryGetExport(handle, "getInferLibVersion", out nint getVersion))
        {
            attempt = Refuse(handle, path, null, "it is not TensorRT: getInferLibVersion is missing");
            return null;
        }
        int number = ((delegate* unmanaged<int>)getVersion)();
        TensorRtRelease version = TensorRtRelease.FromNumber(number);
        if (AbiLayout.Of(version, out string reason) is not { } layout)
        {
            attempt = Refuse(handle, path, version, $"refused: {reason}");
            return null;
        }
        attempt = new LibraryAttempt(path, version, "used");
        string file = path.Contains('/') ? path : new MemoryMap().FileAt(getVersion);
        return Loaded.GetOrAdd(handle, h => new TensorRtLibrary(h, file, number, layout));
    }

    /// <summary>
    /// Unloads a library that is refused. If it stayed, the parser of a later one could get it as its core library, by the common name.
    /// </summary>
    private static LibraryAttempt Refuse(nint handle, string path, TensorRtRelease? version, string outcome)
    {
        NativeLibrary.Free(handle);
        return new LibraryAttempt(path, version, outcome);
    }
}
