using System.Security.Cryptography;

namespace GraphPartition.TensorRt.Cache;

/// <summary>The key of an engine in the cache: a SHA-256 of everything that the engine depends on.</summary>
public readonly record struct EngineKey
{
    private const int HexDigits = 64;

    private EngineKey(string hex) => Hex = hex;

    /// <summary>64 hexadecimal digits in lower case.</summary>
    public string Hex { get; }

    /// <summary>
    /// The key of a description, which must hold everything that changes an engine: graph, weights, profiles, options, the release of
    /// TensorRT, the compute capability, and the device's name unless the engine is hardware compatible.
    /// </summary>
    public static EngineKey Of(ReadOnlySpan<byte> description) => new(Convert.ToHexStringLower(SHA256.HashData(description)));

    /// <summary>Reads a key that was printed.</summary>
    public static bool TryParse(string text, out EngineKey key)
    {
        bool valid = text.Length == HexDigits && text.All(c => char.IsAsciiHexDigitLower(c));
        key = valid ? new EngineKey(text) : default;
        return valid;
    }

    /// <inheritdoc/>
    public override string ToString() => Hex;
}
