using System.Security.Cryptography;

namespace GraphPartition.TensorRt.Library;

/// <summary>A library of plugins that TensorRT has loaded.</summary>
/// <param name="Path">The file.</param>
/// <param name="Sha256">The hash of the file, in lower-case hexadecimal.</param>
public sealed record PluginLibrary(string Path, string Sha256);

/// <summary>
/// The plugins of a loaded TensorRT: the registry of the process, which builders and runtimes use alike (IPluginRegistry,
/// NvInferRuntimeCommon.h). A library stays loaded, because engines use its code.
/// </summary>
internal sealed unsafe class PluginRegistry(TensorRtLibrary library, nint registry)
{
    private readonly Dictionary<string, PluginLibrary> _loaded = [];

    /// <summary>The libraries that were loaded, in order.</summary>
    public IReadOnlyList<PluginLibrary> Loaded
    {
        get
        {
            lock (_loaded) return [.. _loaded.Values];
        }
    }

    /// <summary>
    /// Loads a library and registers its plugins. One that exports its plugin creators is given to TensorRT (8.6 and later); another one
    /// registers its plugins itself when it is loaded, as REGISTER_TENSORRT_PLUGIN does.
    /// </summary>
    /// <param name="path">The file.</param>
    /// <exception cref="ModelException">The library cannot be used (GP4030).</exception>
    public void Load(string path)
    {
        path = System.IO.Path.GetFullPath(path);
        lock (_loaded)
        {
            if (_loaded.ContainsKey(path)) return;
            if (!File.Exists(path)) throw TensorRtCodes.BadPlugin.Error(path, "there is no such file");
            if (registry == 0) throw TensorRtCodes.BadPlugin.Error(path, $"{library.Release} has no registry of plugins");
            library.Check("IPluginRegistry", registry);
            int before = Count();
            if (!Loader.TryLoad(path, out nint handle, out string reason))
                throw TensorRtCodes.BadPlugin.Error(path, $"it is not a library that this system can load: {reason}");
            if (Exports(handle)) Register(path);
            if (Count() <= before)
                throw TensorRtCodes.BadPlugin.Error(path, $"it brings no plugin that is new to {library.Release} at {library.Path}");
            _loaded.Add(path, new(path, Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(path)))));
        }
    }

    private static bool Exports(nint handle) =>
        NativeLibrary.TryGetExport(handle, "getCreators", out _) || NativeLibrary.TryGetExport(handle, "getPluginCreators", out _);

    private void Register(string path)
    {
        if (!library.Layout.Has(Member.IPluginRegistry_loadLibrary))
            throw TensorRtCodes.BadPlugin.Error(path, $"{library.Release} cannot load it: it exports its plugins in the way of TensorRT 8.6 and later");
        fixed (byte* name = Utf8.Bytes(path))
        {
            if (Calls.LoadLibrary((nint)name) == 0)
                throw TensorRtCodes.BadPlugin.Error(path, $"{library.Release} does not take it; --trt-log error shows why");
        }
    }

    /// <summary>How many plugins are registered. From 10.0 on the older list has only plugins of the older interface.</summary>
    private int Count()
    {
        int count = 0;
        if (library.Layout.Has(Member.IPluginRegistry_getAllCreators)) Calls.GetAllCreators(&count);
        else Calls.GetPluginCreatorList(&count);
        return count;
    }

    private IPluginRegistry Calls => new(new NativeCall(library.Layout, registry, this));
}
