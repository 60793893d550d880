using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.IO.MemoryMappedFiles;
using System.Runtime.InteropServices;

namespace GraphPartition.Ir.Tensors;

/// <summary>
/// A file mapped read-only into memory. Its pages are read when touched, so weights that nobody looks at cost nothing.
/// The mapping lives as long as this object or any memory sliced from it is referenced: hold on to one of them while a
/// span is in use.
/// </summary>
public sealed unsafe class MappedFile
{
    private readonly MemoryMappedViewAccessor? _view;
    private readonly byte* _start;

    private MappedFile(string path, long length, MemoryMappedViewAccessor? view)
    {
        Path = path;
        Length = length;
        _view = view;
        if (view is null) return;
        view.SafeMemoryMappedViewHandle.AcquirePointer(ref _start);
        _start += view.PointerOffset;
    }

    /// <summary>Unmaps: no slice is referenced any more, since each of them references this object.</summary>
    ~MappedFile() => _view?.SafeMemoryMappedViewHandle.ReleasePointer();

    /// <summary>The file's full path.</summary>
    public string Path { get; }

    /// <summary>The file's length in bytes when it was mapped.</summary>
    public long Length { get; }

    /// <summary>Maps a file. Throws <see cref="IOException"/> or <see cref="UnauthorizedAccessException"/>.</summary>
    public static MappedFile Open(string path)
    {
        path = System.IO.Path.GetFullPath(path);
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete);
        if (stream.Length == 0) return new(path, 0, null); // an empty file cannot be mapped
        using var file = MemoryMappedFile.CreateFromFile(
            stream, null, 0, MemoryMappedFileAccess.Read, HandleInheritability.None, leaveOpen: true);
        return new(path, stream.Length, file.CreateViewAccessor(0, stream.Length, MemoryMappedFileAccess.Read));
    }

    /// <summary>The bytes of a model file, mapped. Throws <see cref="ModelException"/> where the file cannot be read.</summary>
    /// <param name="path">The file.</param>
    /// <param name="tooLong">The fault of a file of more than 2 GiB.</param>
    /// <param name="advice">Where weights of that size belong.</param>
    public static ReadOnlyMemory<byte> ReadModel(string path, DiagnosticCode tooLong, string advice)
    {
        MappedFile file = InputFile.Read(path, Open);
        return file.Length <= int.MaxValue ? file.Slice(0, (int)file.Length)
            : throw tooLong.Error(path, "the file has more than 2 GiB, which no protobuf can have; " + advice);
    }

    /// <summary>The bytes from <paramref name="offset"/>; the range must lie inside the file.</summary>
    public ReadOnlyMemory<byte> Slice(long offset, int length)
    {
        if (offset < 0 || length < 0 || offset > Length - length)
            throw new ArgumentOutOfRangeException(nameof(offset), $"[{offset}, +{length}) is outside the {Length} bytes of {Path}");
        return length == 0 ? default : new Range(this, offset, length).Memory;
    }

    /// <summary>The file and the offset of memory that <see cref="Slice"/> returned, or of a part of it; false for other memory.</summary>
    public static bool TryLocate(ReadOnlyMemory<byte> memory, [NotNullWhen(true)] out MappedFile? file, out long offset)
    {
        bool mapped = MemoryMarshal.TryGetMemoryManager(memory, out Range? range, out int start, out _);
        (file, offset) = mapped ? (range!.File, range.Offset + start) : (null, 0);
        return mapped;
    }

    private sealed class Range(MappedFile file, long offset, int length) : MemoryManager<byte>
    {
        public MappedFile File => file;
        public long Offset => offset;

        public override Span<byte> GetSpan() => new(file._start + offset, length);

        public override MemoryHandle Pin(int elementIndex = 0) => new(file._start + offset + elementIndex, default, this);

        public override void Unpin() { }

        protected override void Dispose(bool disposing) { }
    }
}

/// <summary>A tensor whose bytes are a range of a file, mapped when they are first touched.</summary>
public sealed class FileTensor : TensorData
{
    private ReadOnlyMemory<byte>? _bytes;

    /// <summary>The bytes of <paramref name="file"/> from <paramref name="offset"/>; the range must lie inside the file.</summary>
    public FileTensor(ElementType element, ImmutableArray<long> dims, MappedFile file, long offset)
        : base(element, dims)
    {
        if (offset < 0 || offset > file.Length - ByteCount)
            throw new ArgumentOutOfRangeException(nameof(offset),
                $"[{offset}, +{ByteCount}) is outside the {file.Length} bytes of {file.Path}");
        File = file;
        Offset = offset;
    }

    /// <summary>The file.</summary>
    public MappedFile File { get; }

    /// <summary>The offset of the first element in the file.</summary>
    public long Offset { get; }

    /// <inheritdoc/>
    public override ReadOnlyMemory<byte> Bytes => _bytes ??= File.Slice(Offset, checked((int)ByteCount));

    /// <inheritdoc/>
    public override void CopyTo(Stream stream)
    {
        const int Window = 1 << 26;
        for (long done = 0; done < ByteCount; done += Window)
            stream.Write(File.Slice(Offset + done, (int)Math.Min(Window, ByteCount - done)).Span);
    }
}
