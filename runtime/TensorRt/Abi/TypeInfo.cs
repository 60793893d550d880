using System.Collections.Concurrent;

namespace GraphPartition.TensorRt.Abi;

/// <summary>
/// Run-time type information for classes that only exist here: {table of abi::__class_type_info + 16, mangled name}
/// (Itanium C++ ABI 2.9.5). One per class and process, never freed: C++ may keep the address.
/// </summary>
internal static unsafe class TypeInfo
{
    private static readonly ConcurrentDictionary<string, nint> Made = new();
    private static readonly Lazy<nint> ClassTypeInfo = new(FindClassTypeInfo);

    /// <summary>The address of a type_info, or 0 where the C++ runtime cannot be found; nothing but typeid would need it.</summary>
    public static nint Of(string name, bool versioned)
    {
        string mangled = $"N8nvinfer1{(versioned ? "5v_1_0" : "")}{name.Length}{name}E";
        return ClassTypeInfo.Value == 0 ? 0 : Made.GetOrAdd(mangled, Make);
    }

    private static nint Make(string mangled)
    {
        nint* info = (nint*)NativeMemory.Alloc(2, (nuint)sizeof(nint));
        info[0] = ClassTypeInfo.Value;
        info[1] = Marshal.StringToCoTaskMemUTF8(mangled);
        return (nint)info;
    }

    private static nint FindClassTypeInfo() =>
        NativeLibrary.TryLoad("libstdc++.so.6", out nint library)
        && NativeLibrary.TryGetExport(library, "_ZTVN10__cxxabiv117__class_type_infoE", out nint table)
            ? table + 2 * sizeof(nint) : 0;
}
