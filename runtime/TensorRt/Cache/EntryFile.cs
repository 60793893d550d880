using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace GraphPartition.TensorRt.Cache;

/// <summary>
/// An entry on disk. Every byte is covered: the header by the hash before it, the blob by the hash in the header.
/// <code>
/// "GPENGIN1" | uint32 header length | SHA-256 of the header | header (JSON, UTF-8) | blob to the end
/// </code>
/// </summary>
internal static class EntryFile
{
    public const string Extension = ".engine";

    private const int HashLength = 32;
    private const int MaxHeaderLength = 1 << 20;

    private static ReadOnlySpan<byte> Magic => "GPENGIN1"u8;

    public static void Write(string path, EngineKey key, ReadOnlyMemory<byte> blob, IReadOnlyDictionary<string, string> properties)
    {
        string hash = Convert.ToHexStringLower(SHA256.HashData(blob.Span));
        EntryHeader header = new(key.Hex, hash, blob.Length, DateTime.UtcNow, properties);
        byte[] json = JsonSerializer.SerializeToUtf8Bytes(header, EntryHeaderJson.Default.EntryHeader);
        byte[] length = new byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32LittleEndian(length, (uint)json.Length);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        AtomicFile.Write(path, stream =>
        {
            stream.Write(Magic);
            stream.Write(length);
            stream.Write(SHA256.HashData(json));
            stream.Write(json);
            stream.Write(blob.Span);
        });
    }

    /// <summary>Reads an entry. <see cref="InvalidDataException"/> tells how a damaged entry differs from what was written.</summary>
    /// <param name="path">The file.</param>
    /// <param name="withBlob">Whether the blob is read and checked too; else it is empty.</param>
    public static (EntryHeader Header, byte[] Blob) Read(string path, bool withBlob)
    {
        using FileStream stream = new(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete);
        Span<byte> start = stackalloc byte[Magic.Length + sizeof(uint) + HashLength];
        Require(stream.ReadAtLeast(start, start.Length, throwOnEndOfStream: false) == start.Length, "it is too short");
        Require(start[..Magic.Length].SequenceEqual(Magic), "it is not a cache entry of this version");
        uint headerLength = BinaryPrimitives.ReadUInt32LittleEndian(start[Magic.Length..]);
        Require(headerLength <= MaxHeaderLength && headerLength <= stream.Length - stream.Position, "its header is cut off");
        byte[] json = new byte[headerLength];
        stream.ReadExactly(json);
        Require(SHA256.HashData(json).AsSpan().SequenceEqual(start[^HashLength..]), "its header was changed");
        EntryHeader header = Parse(json);
        Require(header.Length == stream.Length - stream.Position && header.Length <= Array.MaxLength, "its length was changed");
        if (!withBlob) return (header, []);
        byte[] blob = new byte[header.Length];
        stream.ReadExactly(blob);
        Require(Convert.ToHexStringLower(SHA256.HashData(blob)) == header.Sha256, "its contents were changed");
        return (header, blob);
    }

    private static EntryHeader Parse(byte[] json)
    {
        try
        {
            return JsonSerializer.Deserialize(json, EntryHeaderJson.Default.EntryHeader)
                ?? throw new InvalidDataException("its header is empty");
        }
        catch (JsonException e)
        {
            throw new InvalidDataException("its header cannot be read", e);
        }
    }

    private static void Require(bool holds, string otherwise)
    {
        if (!holds) throw new InvalidDataException(otherwise);
    }
}

/// <summary>The header of an entry, as JSON.</summary>
/// <param name="Key">The key that it was stored under, so that a renamed file is not taken for another entry.</param>
/// <param name="Sha256">The hash of the blob.</param>
/// <param name="Length">The blob's length.</param>
/// <param name="Created">When it was stored.</param>
/// <param name="Properties">Properties for lists of the cache.</param>
internal sealed record EntryHeader(
    string Key, string Sha256, long Length, DateTime Created, IReadOnlyDictionary<string, string> Properties);

/// <summary>Reads and writes headers without reflection.</summary>
[JsonSerializable(typeof(EntryHeader))]
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
internal sealed partial class EntryHeaderJson : JsonSerializerContext;
