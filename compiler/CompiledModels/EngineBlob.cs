using System.Security.Cryptography;
using System.Text.Json.Serialization;
using GraphPartition.Ir.Tensors;

namespace GraphPartition.CompiledModels;

/// <summary>A serialized TensorRT engine inside a compiled model.</summary>
/// <param name="Target">What it was built for.</param>
/// <param name="Sha256">The hash of the blob in lower-case hexadecimal; checked when the model is loaded.</param>
/// <param name="Path">For a blob beside the model: its path relative to the model's directory; else null.</param>
public sealed record EngineBlob(EngineTarget Target, string Sha256, string? Path = null)
{
    /// <summary>The engine's bytes (uint8, rank 1); null for a blob beside the model that was not loaded.</summary>
    [JsonIgnore]
    public TensorData? Data { get; init; }

    /// <summary>
    /// The key of the nodes and weights that it was built from (<see cref="EngineOrigin"/>). Empty: the file does not say; such an
    /// engine belongs to no group.
    /// </summary>
    public string Content { get; init; } = "";

    /// <summary>Whether this process built it or found it in the user's own cache; a file cannot say so.</summary>
    [JsonIgnore]
    public bool IsTrusted { get; init; }

    /// <summary>A blob kept inside the model.</summary>
    public static EngineBlob Embed(EngineTarget target, ReadOnlyMemory<byte> bytes) =>
        new(target, HashOf(bytes.Span)) { Data = new MemoryTensor(ElementType.UInt8, [bytes.Length], bytes) };

    /// <summary>A blob beside the model.</summary>
    /// <param name="target">What it was built for.</param>
    /// <param name="bytes">The engine.</param>
    /// <param name="path">Its path relative to the model's directory.</param>
    public static EngineBlob Beside(EngineTarget target, ReadOnlySpan<byte> bytes, string path) => new(target, HashOf(bytes), path);

    /// <summary>The engine's bytes, checked against the hash; null with the reason where they cannot be had.</summary>
    /// <param name="directory">The model's directory, in which a blob beside it must lie; null where the model has none.</param>
    /// <param name="fault">What is wrong.</param>
    public ReadOnlyMemory<byte>? Read(string? directory, out string? fault)
    {
        fault = null;
        ReadOnlyMemory<byte> bytes = default;
        if (Path is null)
        {
            fault = Data is null ? "the engine has no bytes" : null;
            bytes = Data?.Bytes ?? bytes;
        }
        else if (new ExternalFiles(directory).Open(Path, out fault) is { } file)
        {
            if (file.Length > int.MaxValue) fault = $"'{Path}' is larger than 2 GiB";
            else bytes = file.Slice(0, (int)file.Length);
        }
        if (fault is null && HashOf(bytes.Span) != Sha256) fault = $"{Path ?? "the engine"} is not what was written: its hash differs";
        if (fault is not null) return null; // not a conditional expression: there null would become an empty memory
        return bytes;
    }

    private static string HashOf(ReadOnlySpan<byte> bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));
}
