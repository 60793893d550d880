using System.Runtime.InteropServices;

namespace GraphPartition.ExecutionProvider.Abi;

/// <summary>
/// A struct of function pointers that ONNX Runtime calls: field 0 is the version, the next fields are functions; a function that is null
/// is left out. Behind them lies a handle of the managed object, so that a callback finds it from its first argument.
/// </summary>
internal static unsafe class CallbackTable
{
    /// <summary>Allocates a table.</summary>
    /// <param name="version">The version of the API that the table is for.</param>
    /// <param name="last">The place of the last field.</param>
    /// <param name="owner">The object that the callbacks belong to. It lives until <see cref="Free"/>.</param>
    public static nint* Allocate(int version, int last, object owner)
    {
        var table = (nint*)NativeMemory.AllocZeroed((nuint)(last + 2), (nuint)sizeof(nint));
        *(uint*)table = (uint)version;
        table[last + 1] = GCHandle.ToIntPtr(GCHandle.Alloc(owner));
        return table;
    }

    /// <summary>The object of a table.</summary>
    /// <param name="table">The table.</param>
    /// <param name="last">The place of the last field.</param>
    public static T Owner<T>(nint table, int last) where T : class => (T)GCHandle.FromIntPtr(((nint*)table)[last + 1]).Target!;

    /// <summary>Frees a table; nothing happens if it is null.</summary>
    public static void Free(nint table, int last)
    {
        if (table == 0) return;
        GCHandle.FromIntPtr(((nint*)table)[last + 1]).Free();
        NativeMemory.Free((void*)table);
    }
}
