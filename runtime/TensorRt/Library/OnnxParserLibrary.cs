namespace GraphPartition.TensorRt.Library;

/// <summary>The parser library of a release: libnvonnxparser, or libtensorrt_onnxparser_rtx.</summary>
internal sealed unsafe class OnnxParserLibrary
{
    /// <summary>NV_ONNX_PARSER_VERSION (NvOnnxParser.h): 0.1.0 as major*10000 + minor*100 + patch, the same in all releases.</summary>
    private const int ParserVersion = 100;

    private readonly nint _create;
    private readonly nint _createRefitter;
    private readonly TensorRtLibrary _core;

    private OnnxParserLibrary(TensorRtLibrary core, string path, nint handle, nint create)
    {
        _core = core;
        _create = create;
        NativeLibrary.TryGetExport(handle, "createNvOnnxParserRefitter_INTERNAL", out _createRefitter);
        Path = path;
    }

    public string Path { get; }

    public static string BaseName(TensorRtRelease release) =>
        release.IsRtx ? "libtensorrt_onnxparser_rtx.so" : "libnvonnxparser.so";

    /// <summary>The parser of the same major release, beside the core library or on the loader's path; null if there is none.</summary>
    public static OnnxParserLibrary? FindBeside(TensorRtLibrary core)
    {
        string name = $"{BaseName(core.Release)}.{core.Release.Major}";
        string folder = System.IO.Path.GetDirectoryName(core.Path) ?? "";
        string[] candidates = [System.IO.Path.Combine(folder, name), System.IO.Path.Combine(folder, BaseName(core.Release)), name];
        foreach (string path in candidates)
        {
            if (Loader.TryLoad(path, out nint handle, out _)
                && NativeLibrary.TryGetExport(handle, "createNvOnnxParser_INTERNAL", out nint create))
            {
                LoadPlugins(core, folder);
                return new OnnxParserLibrary(core, path, handle, create);
            }
        }
        return null;
    }

    /// <summary>Calls createNvOnnxParser_INTERNAL: void* (void* network, void* logger, int version).</summary>
    public nint CreateParser(NativeObject network)
    {
        nint parser = ((delegate* unmanaged<nint, nint, int, nint>)_create)(network.Pointer, _core.Logger, ParserVersion);
        GC.KeepAlive(network);
        return parser;
    }

    /// <summary>Calls createNvOnnxParserRefitter_INTERNAL (10.0 and later): void* (void* refitter, void* logger, int version).</summary>
    public nint CreateRefitter(NativeObject refitter)
    {
        nint result = _createRefitter == 0
            ? 0
            : ((delegate* unmanaged<nint, nint, int, nint>)_createRefitter)(refitter.Pointer, _core.Logger, ParserVersion);
        GC.KeepAlive(refitter);
        return result;
    }

    /// <summary>
    /// Registers TensorRT's plugins, which the parser needs for a few operators: bool initLibNvInferPlugins(void* logger,
    /// char const* namespace) (NvInferPlugin.h). The library is optional and TensorRT-RTX has none.
    /// </summary>
    private static void LoadPlugins(TensorRtLibrary core, string folder)
    {
        string name = $"libnvinfer_plugin.so.{core.Release.Major}";
        if (core.Release.IsRtx || !Loader.TryLoad(System.IO.Path.Combine(folder, name), out nint handle, out _)) return;
        if (NativeLibrary.TryGetExport(handle, "initLibNvInferPlugins", out nint init))
        {
            byte none = 0;
            ((delegate* unmanaged<nint, byte*, byte>)init)(core.Logger, &none);
        }
    }
}
