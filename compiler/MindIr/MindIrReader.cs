using System.Buffers;

namespace GraphPartition.MindIr;

/// <summary>
/// Reads MindSpore's MindIR models, written by MindSpore 1.1 to 2.7, and converts them to ONNX operators of opset
/// <see cref="Opset"/>. The form of a node is recognized by its content, never by a version. Tuples, monads, Load, Depend and
/// UpdateState disappear, calls are inlined, Switch becomes If; weights stay views of the parsed file or of mapped files.
/// </summary>
public static class MindIrReader
{
    /// <summary>
    /// The version of the standard operators that every emitted node is meant in: the first with Gelu (20) and with
    /// GroupNormalization's scale per channel (21). The forms used here have the same meaning in all later versions.
    /// </summary>
    public const int Opset = 21;

    /// <summary>How many bytes of a file's beginning <see cref="Recognizes(ReadOnlySpan{byte})"/> needs.</summary>
    public const int HeadLength = 64;

    private static readonly SearchValues<byte> VersionDigits = SearchValues.Create("0123456789."u8);

    /// <summary>
    /// Whether a file that begins so is MindIR, encrypted or not. An ONNX file begins with its version as a number; a MindIR
    /// file has text there, or leaves it out and names MindSpore as its producer.
    /// </summary>
    public static bool Recognizes(ReadOnlySpan<byte> head)
    {
        if (MindIrCipher.IsEncrypted(head)) return true;
        const byte VersionText = (1 << 3) | 2, Producer = (2 << 3) | 2;
        if (head.Length < 3) return false;
        ReadOnlySpan<byte> text = head[2..Math.Min(head.Length, 2 + head[1])];
        return head[0] switch
        {
            VersionText => text.Length > 0 && !text.ContainsAnyExcept(VersionDigits),
            Producer => text.SequenceEqual("MindSpore"u8),
            _ => false,
        };
    }

    /// <summary>Whether the file is MindIR, by its content. A file that cannot be read is not.</summary>
    public static bool Recognizes(string path)
    {
        try
        {
            using FileStream file = File.OpenRead(path);
            Span<byte> head = stackalloc byte[HeadLength];
            return Recognizes(head[..file.ReadAtLeast(head, head.Length, throwOnEndOfStream: false)]);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    /// <summary>Reads a model file. Throws <see cref="ModelException"/> with everything that is wrong.</summary>
    public static Model Read(string path, MindIrReadOptions? options = null)
    {
        path = Path.GetFullPath(path);
        options = (options ?? new()) with { Directory = Path.GetDirectoryName(path) };
        return Read(Open(path), path, options) with { Path = path };
    }

    /// <summary>Reads a model from memory.</summary>
    public static Model Read(ReadOnlyMemory<byte> bytes, MindIrReadOptions? options = null) => Read(bytes, "", options ?? new());

    /// <summary>
    /// What a file holds, whether it can be converted or not. Throws <see cref="ModelException"/> where it cannot be parsed.
    /// </summary>
    public static MindIrFile Inspect(string path, ReadOnlyMemory<byte> key = default)
    {
        path = Path.GetFullPath(path);
        return Reported(path, new MindIrReadOptions { Key = key }, Open(path), (context, plain, encrypted) =>
            MindIrFile.Of(ModelImporter.Parse(plain), encrypted, context));
    }

    private static Model Read(ReadOnlyMemory<byte> bytes, string path, MindIrReadOptions options) =>
        Reported(path, options, bytes, (context, plain, encrypted) => new ModelImporter(context, path, encrypted).Import(plain));

    /// <summary>What is done with the plain bytes, or an exception with all that was reported meanwhile.</summary>
    private static T Reported<T>(
        string path, MindIrReadOptions options, ReadOnlyMemory<byte> bytes, Func<ImportContext, ReadOnlyMemory<byte>, bool, T?> read)
        where T : class
    {
        var context = new ImportContext(options.Rules, options.Scope, options.Directory);
        T? result = null;
        try
        {
            bool encrypted = MindIrCipher.IsEncrypted(bytes.Span);
            if (encrypted) bytes = MindIrCipher.Decrypt(bytes.Span, options.Key.Span);
            result = read(context, bytes, encrypted);
        }
        catch (ImportFault fault)
        {
            context.Report(fault.Code, path, fault.Message);
        }
        if (result is null || context.HasErrors || context.Scope.Diagnostics.Any(d => d.Code.Severity == Severity.Error))
            throw new ModelException([.. context.Scope.Diagnostics]);
        return result;
    }

    private static ReadOnlyMemory<byte> Open(string path) =>
        MappedFile.ReadModel(path, MindIrCodes.NotMindIr, "MindSpore writes such weights beside it");
}
