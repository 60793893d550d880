using System.Globalization;
using FsCheck;
using FsCheck.Fluent;

namespace GraphPartition.TestSupport;

/// <summary>Damages files, as properties need it.</summary>
public static class Mutation
{
    private const int MostBytes = 40; // of a field whose bytes are changed

    /// <summary>
    /// How many files a property damages: that many, or the number in the environment variable GP_MUTATIONS; GP_MUTATION_SEED makes them
    /// the same every time.
    /// </summary>
    public static Config Config(int otherwise)
    {
        int count = int.TryParse(Environment.GetEnvironmentVariable("GP_MUTATIONS"), NumberStyles.None, CultureInfo.InvariantCulture,
            out int n) ? n : otherwise;
        Config config = FsCheck.Config.QuickThrowOnFailure.WithMaxTest(count).WithStartSize(8).WithEndSize(60);
        return ulong.TryParse(Environment.GetEnvironmentVariable("GP_MUTATION_SEED"), NumberStyles.None, CultureInfo.InvariantCulture,
            out ulong seed) ? config.WithReplay(seed, 1) : config;
    }

    /// <summary>
    /// A model with one to four changes. Some change bytes: flip a bit, cut the file, copy bytes from another place, enlarge a length or a
    /// number. Others change fields: their length or wire type, or a field is removed, repeated, or copied from another model.
    /// </summary>
    public static byte[] Of(IReadOnlyList<byte[]> models, Choices choices)
    {
        List<byte> bytes = [.. choices.Of(models)];
        for (int i = 1 + choices.Below(4); i > 0 && bytes.Count > 0; i--)
        {
            int at = (choices.Next() << 8 | choices.Next()) % bytes.Count;
            switch (choices.Below(10))
            {
                case 6 when Field(bytes, choices) is { Length: >= 0 } field: bytes[field.Length] = (byte)(choices.Next() & 0x7f); break;
                case 7 when Field(bytes, choices) is { } field: bytes[field.Tag] ^= (byte)(1 + choices.Below(7)); break;
                case 8 when Field(bytes, choices) is { } field: bytes.RemoveRange(field.Tag, field.End - field.Tag); break;
                case 9 when Field(bytes, choices) is { } field:
                    List<byte> source = choices.OneIn(2) ? [.. choices.Of(models)] : bytes;
                    if (Field(source, choices) is { } spliced) bytes.InsertRange(field.Tag, source[spliced.Tag..spliced.End]);
                    break;
                case 0: bytes[at] ^= (byte)(1 << choices.Below(8)); break;
                case 1: bytes[at] = choices.Next(); break;
                case 2: bytes.RemoveRange(at, Math.Min(bytes.Count - at, 1 + choices.Next())); break;
                case 3: bytes.RemoveRange(at, bytes.Count - at); break;
                case 4:
                    byte[] other = choices.Of(models);
                    int from = (choices.Next() << 8 | choices.Next()) % other.Length;
                    bytes.InsertRange(at, other.AsSpan(from, Math.Min(other.Length - from, 1 + choices.Next())).ToArray());
                    break;
                default: bytes.InsertRange(at, Enumerable.Repeat((byte)0xff, 1 + choices.Below(9))); break;
            }
        }
        return [.. bytes];
    }

    /// <summary>
    /// A model with one or two changed values: a byte inside a short field gets another value, and all lengths stay. Most such files are
    /// still models, with other attributes, sizes, types, names and numbers.
    /// </summary>
    public static byte[] OfValues(IReadOnlyList<byte[]> models, Choices choices)
    {
        byte[] bytes = [.. choices.Of(models)];
        for (int i = 1 + choices.Below(2); i > 0; i--)
        {
            WireField[] fields = [.. WireFields.Of(bytes).Where(f => f.End - Math.Max(f.Tag, f.Length) is > 1 and <= MostBytes)];
            if (fields.Length == 0) continue;
            WireField field = fields[(choices.Next() << 8 | choices.Next()) % fields.Length];
            int start = Math.Max(field.Tag, field.Length) + 1, at = start + choices.Below(field.End - start);
            bytes[at] = choices.Below(4) switch
            {
                0 => (byte)(bytes[at] ^ 1 << choices.Below(8)),
                1 => (byte)(bytes[at] + 1),
                2 => (byte)(bytes[at] - 1),
                _ => choices.Next(),
            };
        }
        return bytes;
    }

    /// <summary>Any field; null where nothing reads as one any more.</summary>
    private static WireField? Field(List<byte> bytes, Choices choices) =>
        WireFields.Of([.. bytes]) is { Count: > 0 } fields ? fields[(choices.Next() << 8 | choices.Next()) % fields.Count] : null;
}
