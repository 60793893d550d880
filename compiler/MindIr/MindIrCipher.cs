using System.Buffers.Binary;
using System.Security.Cryptography;

namespace GraphPartition.MindIr;

/// <summary>
/// MindSpore's encryption (mindspore/core/utils/crypto.cc). A file is a run of blocks, each with its own magic number, tag
/// and initialization vector. AES-GCM is undone here, as MindSpore 1.7 and later write it (with a tag that proves the key)
/// and as earlier releases did (without). All integers are 32-bit little-endian:
/// <code>magic [tag:16] block_length iv_length iv cipher_length cipher      block_length = 4 + |iv| + 4 + |cipher|</code>
/// </summary>
internal static class MindIrCipher
{
    private const uint GcmMagic = 0x7F3A5ED8;
    private const uint CbcMagic = 0x7F3A5ED9;
    private const uint Sm4Magic = 0x7F3A5EDA;
    private const int TagLength = 16;
    private const int NonceLength = 12; // GCM uses the first 12 bytes of the 16 that a file stores

    /// <summary>Whether the file is encrypted.</summary>
    public static bool IsEncrypted(ReadOnlySpan<byte> file) =>
        file.Length >= 4 && BinaryPrimitives.ReadUInt32LittleEndian(file) is GcmMagic or CbcMagic or Sm4Magic;

    /// <summary>The plain text. Throws <see cref="ImportFault"/> where it cannot be decrypted.</summary>
    public static byte[] Decrypt(ReadOnlySpan<byte> file, ReadOnlySpan<byte> key)
    {
        uint magic = BinaryPrimitives.ReadUInt32LittleEndian(file);
        if (magic != GcmMagic)
            throw new ImportFault(MindIrCodes.UnsupportedCipher,
                $"it is {(magic == CbcMagic ? "AES-CBC" : "SM4-CBC")}, which carries no proof of the right key");
        if (key.IsEmpty) throw new ImportFault(MindIrCodes.WrongKey, "it is AES-GCM, and no key was given");
        if (key.Length is not (16 or 24 or 32))
            throw new ImportFault(MindIrCodes.WrongKey, $"an AES key has 16, 24 or 32 bytes, the one given has {key.Length}");

        var plain = new byte[file.Length]; // the cipher is as long as the plain text, so this is more than enough
        int length = 0;
        while (!file.IsEmpty)
        {
            Block block = ReadBlock(ref file);
            Span<byte> to = plain.AsSpan(length, block.Cipher.Length);
            if (block.Tag.IsEmpty) DecryptUntagged(block, key, to);
            else DecryptTagged(block, key, to);
            length += to.Length;
        }
        return plain[..length];
    }

    private static Block ReadBlock(ref ReadOnlySpan<byte> file)
    {
        if (!IsEncrypted(file)) throw Damaged();
        bool tagged = TryRead(file, 4 + TagLength, out Block block);
        if (!tagged && !TryRead(file, 4, out block)) throw Damaged();
        if (tagged) block.Tag = file.Slice(4, TagLength);
        file = file[block.End..];
        return block;

        static ImportFault Damaged() => new(MindIrCodes.NotMindIr, "the encrypted file is cut off or damaged: a block's lengths do not fit");
    }

    private static bool TryRead(ReadOnlySpan<byte> file, int at, out Block block)
    {
        block = default;
        if (file.Length < at + 12) return false;
        int blockLength = BinaryPrimitives.ReadInt32LittleEndian(file[at..]);
        int ivLength = BinaryPrimitives.ReadInt32LittleEndian(file[(at + 4)..]);
        if (ivLength != 16 || file.Length < at + 12 + ivLength) return false;
        int cipherAt = at + 12 + ivLength;
        int cipherLength = BinaryPrimitives.ReadInt32LittleEndian(file[(cipherAt - 4)..]);
        if (cipherLength < 0 || cipherLength > file.Length - cipherAt || blockLength != 8L + ivLength + cipherLength)
            return false;
        block = new()
        {
            Nonce = file.Slice(at + 8, NonceLength),
            Cipher = file.Slice(cipherAt, cipherLength),
            End = cipherAt + cipherLength
        };
        return true;
    }

    private static void DecryptTagged(Block block, ReadOnlySpan<byte> key, Span<byte> plain)
    {
        try
        {
            using var aes = new AesGcm(key, TagLength);
            aes.Decrypt(block.Nonce, block.Cipher, block.Tag, plain);
        }
        catch (AuthenticationTagMismatchException)
        {
            throw new ImportFault(MindIrCodes.WrongKey, "the key is wrong, or the file was changed after it was encrypted");
        }
    }

    /// <summary>GCM without its tag is counter mode: the first block of the stream has counter 2, since 1 makes the tag.</summary>
    private static void DecryptUntagged(Block block, ReadOnlySpan<byte> key, Span<byte> plain)
    {
        using var aes = Aes.Create();
        aes.Key = key.ToArray();
        Span<byte> counter = stackalloc byte[16], stream = stackalloc byte[16];
        block.Nonce.CopyTo(counter);
        uint number = 2;
        for (int at = 0; at < plain.Length; at += 16, number++)
        {
            BinaryPrimitives.WriteUInt32BigEndian(counter[NonceLength..], number);
            aes.EncryptEcb(counter, stream, PaddingMode.None);
            for (int i = at; i < Math.Min(at + 16, plain.Length); i++) plain[i] = (byte)(block.Cipher[i] ^ stream[i - at]);
        }
    }

    private ref struct Block
    {
        public ReadOnlySpan<byte> Tag; // empty: none
        public ReadOnlySpan<byte> Nonce;
        public ReadOnlySpan<byte> Cipher;
        public int End;
    }
}
