using System.Buffers.Binary;

namespace GraphPartition.Foundation;

/// <summary>The file of a shared library.</summary>
public static class LibraryFile
{
    private const int HeaderSize = 64, EntrySize = 56;

    /// <summary>
    /// Whether the file ends before what it must hold, for instance because a download ended early. Linux maps such a library, and ends
    /// the process (SIGBUS) when its code is used.
    /// </summary>
    /// <param name="path">The file. One that cannot be read, or is no 64-bit ELF file, is not cut: the loader refuses it with a reason.</param>
    public static bool IsCut(string path)
    {
        try
        {
            using FileStream file = File.OpenRead(path);
            return IsCut(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private static bool IsCut(FileStream file)
    {
        Span<byte> header = stackalloc byte[HeaderSize], entry = stackalloc byte[EntrySize];
        if (file.ReadAtLeast(header, HeaderSize, false) < HeaderSize || !header.StartsWith("\u007fELF\u0002\u0001"u8)) return false;
        ulong entries = BinaryPrimitives.ReadUInt64LittleEndian(header[32..]), length = (ulong)file.Length;
        int count = BinaryPrimitives.ReadUInt16LittleEndian(header[56..]);
        for (int i = 0; i < count; i++)
        {
            ulong at = entries + (ulong)(i * EntrySize);
            if (at > length) return true;
            file.Position = (long)at;
            if (file.ReadAtLeast(entry, EntrySize, false) < EntrySize) return true;
            ulong start = BinaryPrimitives.ReadUInt64LittleEndian(entry[8..]), size = BinaryPrimitives.ReadUInt64LittleEndian(entry[32..]);
            if (start > length || size > length - start) return true;
        }
        return false;
    }
}
