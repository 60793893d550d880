using FsCheck;
using FsCheck.Fluent;
using GraphPartition.Runtime.Memory;

namespace GraphPartition.Runtime.Tests.Unit;

public sealed class BufferPackingTests
{
    [Fact]
    public void Buffers_that_live_at_once_never_overlap() => Prop.ForAll(RandomModel.Codes(40), codes =>
    {
        BufferLifetime[] buffers = [.. codes.Select(c => new BufferLifetime(c % 5000, c / 5000 % 50, c / 5000 % 50 + c / 250_000 % 20))];
        (long[] offsets, long total) = BufferPacking.Pack(buffers);
        for (int i = 0; i < buffers.Length; i++)
        {
            if (offsets[i] % 256 != 0 || offsets[i] + buffers[i].Bytes > total) return false;
            for (int j = 0; j < i; j++)
                if (buffers[i].Overlaps(buffers[j]) && offsets[i] < offsets[j] + buffers[j].Bytes && offsets[j] < offsets[i]
                    + buffers[i].Bytes)
                    return false;
        }
        return total <= buffers.Sum(b => (Math.Max(1, b.Bytes) + 255) / 256 * 256);
    }).Check(Config.QuickThrowOnFailure.WithMaxTest(300));

    [Fact]
    public void A_chain_needs_two_buffers_of_the_largest_size()
    {
        BufferLifetime[] chain = [.. Enumerable.Range(0, 10).Select(i => new BufferLifetime(1024, i, i + 1))];
        Assert.Equal(2048, BufferPacking.Pack(chain).Total);
    }

    [Fact]
    public void Small_buffers_fill_gaps_below_large_ones()
    {
        BufferLifetime[] buffers = [new(1024, 0, 5), new(512, 0, 1), new(512, 2, 3), new(256, 4, 5)];
        Assert.Equal(1536, BufferPacking.Pack(buffers).Total);
    }
}
