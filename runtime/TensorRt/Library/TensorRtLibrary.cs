using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using GraphPartition.Cuda;
using GraphPartition.Foundation;
using GraphPartition.TensorRt.Abi;
using GraphPartition.TensorRt.Build;
using GraphPartition.TensorRt.Callbacks;
using GraphPartition.TensorRt.Run;
using Microsoft.Extensions.Logging;

namespace GraphPartition.TensorRt.Library;

/// <summary>
/// A loaded TensorRT. One per file and process, never unloaded: TensorRT keeps the logger, CUDA contexts and threads of its own.
/// Safe for use from several threads; what it makes is for one thread at a time unless it says otherwise.
/// </summary>
public sealed unsafe class TensorRtLibrary
{
    private static readonly ConcurrentDictionary<nint, TensorRtLibrary> Loaded = new();

    private readonly nint _handle;
    private readonly int _versionNumber;
    private readonly CallbackObject _logger;
    private readonly SelfCheck _selfCheck = new();
    private readonly Lazy<OnnxParserLibrary?> _parser;

    private TensorRtLibrary(nint handle, string path, int versionNumber, Family family)
    {
        _handle = handle;
        _versionNumber = versionNumber;
        Path = path;
        Family = family;
        _logger = NativeLogger.Create(family, Log);
        _parser = new Lazy<OnnxParserLibrary?>(() => OnnxParserLibrary.FindBeside(this));
    }

    /// <summary>The file.</summary>
    public string Path { get; }

    /// <summary>The release.</summary>
    public TensorRtVersion Version => Family.Version;

    /// <summary>Whether the ONNX parser of this release is there; engines run without it but cannot be built.</summary>
    public bool HasParser => _parser.Value is not null;

    /// <summary>
    /// Whether the release is newer than those whose headers the binding was made from. It works as long as members are only
    /// added.
    /// </summary>
    public bool IsNewerThanKnown => Family.IsNewerThanTables(Version);

    internal Family Family { get; }

    internal LogHub Log { get; } = new();

    internal nint Logger => _logger.Pointer;

    /// <summary>The parser library; throws where there is none.</summary>
    internal OnnxParserLibrary Parser => _parser.Value
        ?? throw new TensorRtException(Codes.NoOnnxParser, Path, $"no {OnnxParserLibrary.BaseName(Version)} beside it or known to the loader");

    /// <summary>Looks for TensorRT; the first library that can be used is used.</summary>
    public static LibrarySearch Find(LibrarySearchOptions? options = null)
    {
        options ??= LibrarySearchOptions.FromEnvironment();
        if (!OperatingSystem.IsLinux() || RuntimeInformation.ProcessArchitecture != Architecture.X64)
        {
            string message = $"the binding knows the C++ calling convention of Linux on x64, this is {RuntimeInformation.RuntimeIdentifier}";
            return new LibrarySearch(null, [], Codes.PlatformUnsupported.At("TensorRT", message));
        }

        List<LibraryAttempt> attempts = [];
        foreach (string path in options.Candidates().Distinct())
        {
            TensorRtLibrary? library = Load(path, out LibraryAttempt attempt);
            attempts.Add(attempt);
            if (library is not null)
            {
                return new LibrarySearch(library, attempts, null);
            }
        }

        string tried = attempts.Count == 0 ? "no library was found in any known place" : string.Join("; ", attempts);
        return new LibrarySearch(null, attempts, Codes.NoTensorRt.At("TensorRT", tried));
    }

    /// <summary>Makes a builder. Needs a CUDA device.</summary>
    /// <param name="logger">Receives TensorRT's messages.</param>
    public TrtBuilder CreateBuilder(ILogger? logger = null) => new(this, logger);

    /// <summary>Makes a runtime. Needs a CUDA device.</summary>
    /// <param name="logger">Receives TensorRT's messages.</param>
    public TrtRuntime CreateRuntime(ILogger? logger = null) => new(this, logger);

    /// <summary>Calls createInferBuilder_INTERNAL, createInferRuntime_INTERNAL: void* (void* logger, int32 version).</summary>
    internal nint Create(string function) =>
        NativeLibrary.TryGetExport(_handle, function, out nint create)
            ? ((delegate* unmanaged<nint, int, nint>)create)(Logger, _versionNumber)
            : 0;

    /// <summary>Calls createInferRefitter_INTERNAL: void* (void* engine, void* logger, int32 version).</summary>
    internal nint CreateRefitter(NativeObject engine)
    {
        nint refitter = NativeLibrary.TryGetExport(_handle, "createInferRefitter_INTERNAL", out nint create)
            ? ((delegate* unmanaged<nint, nint, int, nint>)create)(engine.Pointer, Logger, _versionNumber)
            : 0;
        GC.KeepAlive(engine);
        return refitter;
    }

    /// <summary>Takes an object that TensorRT made; checks its virtual table the first time that its class is seen.</summary>
    internal NativeObject Own(string type, nint pointer, DiagnosticCode code, string what, LogScope log, params SafeHandle[] dependencies)
    {
        if (pointer == 0)
        {
            throw new TensorRtException(code, Version.ToString(), $"{what} failed: TensorRT returned null", log.Lines);
        }

        // Before it is ours: an object that is not what it should be must not meet its destructor either.
        Check(type, pointer);
        return NativeObject.Own(Family, pointer, [_logger, .. dependencies]);
    }

    /// <summary>
    /// Compares an object with the tables, once per class. Classes of the core hide an implementation, the parser's do not.
    /// </summary>
    internal void Check(string type, nint pointer)
    {
        if (_selfCheck.Look(Family, type, pointer, isHidden: type.StartsWith('V')) is { } fault)
        {
            throw new TensorRtException(Codes.TensorRtUnknown, $"{Version} at {Path}", fault);
        }
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
        TensorRtVersion version = TensorRtVersion.FromNumber(number);
        if (Family.Of(version, out string reason) is not { } family)
        {
            attempt = Refuse(handle, path, version, $"refused: {reason}");
            return null;
        }

        attempt = new LibraryAttempt(path, version, "used");
        string file = path.Contains('/') ? path : new MemoryMap().FileAt(getVersion);
        return Loaded.GetOrAdd(handle, h => new TensorRtLibrary(h, file, number, family));
    }

    /// <summary>
    /// A library that is refused does not stay: the parser of a later one asks the loader for its core by a name that both have.
    /// </summary>
    private static LibraryAttempt Refuse(nint handle, string path, TensorRtVersion? version, string outcome)
    {
        NativeLibrary.Free(handle);
        return new LibraryAttempt(path, version, outcome);
    }
}
