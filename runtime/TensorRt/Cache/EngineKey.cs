using System.Security.Cryptography;

namespace GraphPartition.TensorRt.Cache;

/// <summary>The name of an engine by everything that it depends on: a SHA-256 in lower-case hexadecimal.</summary>
public readonly record struct EngineKey
{
    private const int HexDigits = 64;

    private EngineKey(string hex) => Hex = hex;

    /// <summary>64 hexadecimal digits.</summary>
    public string Hex { get; }

    /// <summary>
    /// The key of a description. The caller writes all that changes an engine into it: graph, weights, profiles, options,
    /// TensorRT's
    /// version, compute capability, and the device's name unless the engine is hardware compatible.
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
