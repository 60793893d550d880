using FsCheck;
using FsCheck.Fluent;
using GraphPartition.Foundation;
using GraphPartition.Ir.Graphs;
using GraphPartition.MindIr.Tests.Conformance;
using GraphPartition.MindIr.Tests.Support;
using GraphPartition.MindIr.Tests.Unit;
using GraphPartition.TestModels.MindSpore;

namespace GraphPartition.MindIr.Tests.Property;

/// <summary>Whatever the bytes are, the reader gives a sound model or diagnostics; nothing else leaves it.</summary>
public class DamagedFileTests
{
    private static readonly byte[][] Seeds = [.. WrittenFiles(), LoopTests.Nested(), .. Files()];

    [Fact]
    public void Truncated_files_are_refused_or_read() => Check(seed => seed.Length, (bytes, at, _) => bytes[..at]);

    [Fact]
    public void Files_with_changed_bytes_are_refused_or_read() => Check(seed => seed.Length, (bytes, at, value) =>
    {
        var changed = (byte[])bytes.Clone();
        for (int i = 0; i < 1 + value % 8; i++) changed[(at + i * 37) % changed.Length] = (byte)(value * (i + 1));
        return changed;
    });

    [Fact]
    public void Files_with_pieces_cut_out_or_doubled_are_refused_or_read() => Check(seed => seed.Length, (bytes, at, value) =>
    {
        int length = Math.Min(1 + value, bytes.Length - at);
        return value % 2 == 0 ? [.. bytes[..at], .. bytes[(at + length)..]] : [.. bytes[..(at + length)], .. bytes[at..]];
    });

    private static void Check(Func<byte[], int> length, Func<byte[], int, int, byte[]> damage)
    {
        var description =
            from seed in Gen.Choose(0, Seeds.Length - 1)
            from at in Gen.Choose(0, length(Seeds[seed]) - 1)
            from value in Gen.Choose(0, 255)
            select (seed, at, value);
        Prop.ForAll(description.ToArbitrary(), d => IsHandled(damage(Seeds[d.seed], d.at, d.value)))
            .Check(Config.QuickThrowOnFailure.WithMaxTest(1500).WithQuietOnSuccess(true));
    }

    private static bool IsHandled(byte[] bytes)
    {
        _ = MindIrReader.Recognizes(bytes);
        try
        {
            Model model = MindIrReader.Read(bytes, new() { Key = "0123456789ABCDEF"u8.ToArray() });
            return GraphVerifier.FindFault(model.Graph) is null;
        }
        catch (ModelException e)
        {
            return e.Diagnostics.Count > 0;
        }
    }

    private static IEnumerable<byte[]> WrittenFiles()
    {
        foreach (PrimitiveCase c in PrimitiveCase.All.Where((_, i) => i % 9 == 0))
            foreach (MindIrStyle style in Enum.GetValues<MindIrStyle>()) yield return PrimitiveTests.Write(c, style);
    }

    private static IEnumerable<byte[]> Files() => RealFiles.Names.Where(n => !n.EndsWith("ori_net.mindir", StringComparison.Ordinal))
        .Where((n, i) => i % 6 == 0 || !n.Contains('/')).Select(n => File.ReadAllBytes(RealFiles.PathOf(n)));
}
