using System.Security.Cryptography;
using System.Text.Json.Serialization;
using GraphPartition.Ir;

namespace GraphPartition.Emit;

/// <summary>What an engine was built for; it loads only where all of it fits.</summary>
/// <param name="TensorRt">The TensorRT version, for instance "10.16.0".</param>
/// <param name="ComputeCapability">The GPU's compute capability, for instance "9.0".</param>
/// <param name="Precision">"fp32" or "fp16".</param>
public sealed record EngineTarget(string TensorRt, string ComputeCapability, string Precision);

/// <summary>A serialized TensorRT engine inside a compiled model.</summary>
/// <param name="Target">What it was built for.</param>
/// <param name="Sha256">The hash of the blob in lower-case hexadecimal; checked when the model is loaded.</param>
/// <param name="Path">For a blob beside the model: its path relative to the model's directory; else null.</param>
public sealed record EngineBlob(EngineTarget Target, string Sha256, string? Path = null)
{
    /// <summary>The engine's bytes (uint8, rank 1); null for a blob beside the model that was not loaded.</summary>
    [JsonIgnore]
    public TensorData? Data { get; init; }

    /// <summary>A blob kept inside the model.</summary>
    public static EngineBlob Embed(EngineTarget target, ReadOnlyMemory<byte> bytes) =>
        new(target, HashOf(bytes.Span)) { Data = new MemoryTensor(ElementType.UInt8, [bytes.Length], bytes) };

    /// <summary>Whether the bytes are those that were written.</summary>
    public bool IsIntact => Data is not null && HashOf(Data.Bytes.Span) == Sha256;

    private static string HashOf(ReadOnlySpan<byte> bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));
}
