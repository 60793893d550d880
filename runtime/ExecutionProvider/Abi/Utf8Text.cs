using System.Runtime.InteropServices;

namespace GraphPartition.ExecutionProvider.Abi;

/// <summary>A string of C in native memory.</summary>
internal readonly struct Utf8Text(string text) : IDisposable
{
    /// <summary>The first byte; the last one is zero.</summary>
    public nint Pointer { get; } = Marshal.StringToCoTaskMemUTF8(text);

    /// <inheritdoc/>
    public void Dispose() => Marshal.FreeCoTaskMem(Pointer);
}

/// <summary>An array of strings of C in native memory.</summary>
internal sealed unsafe class Utf8Texts : IDisposable
{
    private readonly int _count;

    public Utf8Texts(IReadOnlyList<string> texts)
    {
        _count = texts.Count;
        Pointer = (nint*)NativeMemory.Alloc((nuint)Math.Max(1, _count), (nuint)sizeof(nint));
        for (int i = 0; i < _count; i++) Pointer[i] = Marshal.StringToCoTaskMemUTF8(texts[i]);
    }

    /// <summary>The first string.</summary>
    public nint* Pointer { get; }

    /// <inheritdoc/>
    public void Dispose()
    {
        for (int i = 0; i < _count; i++) Marshal.FreeCoTaskMem(Pointer[i]);
        NativeMemory.Free(Pointer);
    }
}
