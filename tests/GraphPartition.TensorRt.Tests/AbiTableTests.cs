using System.Text.Json;
using GraphPartition.Foundation;
using GraphPartition.TensorRt.Abi;
using Xunit;

namespace GraphPartition.TensorRt.Tests;

public sealed class AbiTableTests
{
    [Fact]
    public void Rows_are_in_the_order_of_their_enumeration()
    {
        Assert.Equal(Enum.GetNames<Member>(), Rows(AbiTables.Slots));
        Assert.Equal(Enum.GetNames<Constant>(), Rows(AbiTables.Constants));
    }

    [Fact]
    public void No_two_members_of_a_class_share_a_slot()
    {
        foreach (int number in new[] { 8503, 8601, 100001, 101600, 110100, 10400, 10601 })
        {
            AbiLayout layout = Of(number);
            var clashes = Enum.GetValues<Member>().Where(layout.Has)
                .GroupBy(m => $"{m.ToString().Split('_')[0]} {layout.Slot(m)}").Where(g => g.Count() > 1);
            Assert.Empty(clashes);
        }
    }

    [Theory]
    [InlineData(8503, 11, 44)]
    [InlineData(8601, 11, 44)]
    [InlineData(100001, 8, 37)]
    [InlineData(101600, 8, 37)]
    [InlineData(110100, 6, 36)]
    [InlineData(10400, 8, 37)]
    [InlineData(10601, 6, 36)]
    public void Slots_of_createNetworkV2_and_enqueueV3_as_in_the_headers(int number, int create, int enqueue)
    {
        AbiLayout layout = Of(number);
        Assert.Equal(create, layout.Slot(Member.VBuilder_createNetworkV2));
        Assert.Equal(enqueue, layout.Slot(Member.VExecutionContext_enqueueV3));
    }

    [Fact]
    public void Members_appear_with_their_release()
    {
        Assert.False(Of(100001).Has(Member.IParser_supportsModelV2));
        Assert.True(Of(100100).Has(Member.IParser_supportsModelV2));
        Assert.False(Of(8503).Has(Member.VBuilderConfig_setProgressMonitor));
        Assert.False(Of(8503).Has(Member.VBuilderConfig_setMaxAuxStreams));
        Assert.True(Of(8601).Has(Member.VBuilderConfig_setMaxAuxStreams));
        Assert.Throws<NotSupportedException>(() => Of(8503).Slot(Member.VBuilderConfig_setMaxAuxStreams));
        Assert.Throws<NotSupportedException>(() => Of(110100).Value(Constant.BuilderFlag_kFP16));
    }

    [Theory]
    [InlineData(8503, false, 8, 5, 3)]
    [InlineData(8601, false, 8, 6, 1)]
    [InlineData(9300, false, 9, 3, 0)]
    [InlineData(100001, false, 10, 0, 1)]
    [InlineData(101600, false, 10, 16, 0)]
    [InlineData(110100, false, 11, 1, 0)]
    [InlineData(10400, true, 1, 4, 0)]
    [InlineData(10601, true, 1, 6, 1)]
    public void Version_numbers_are_read(int number, bool rtx, int major, int minor, int patch) =>
        Assert.Equal(new TensorRtRelease(major, minor, patch, rtx), TensorRtRelease.FromNumber(number));

    [Theory]
    [InlineData("10.16", "TensorRT 10.16", "tensorrt-10.16")]
    [InlineData("TensorRT-10.13.2", "TensorRT 10.13.2", "tensorrt-10.13.2")]
    [InlineData("TensorRT 10.13.2.6", "TensorRT 10.13.2", "tensorrt-10.13.2")]
    [InlineData("rtx-1.4", "TensorRT-RTX 1.4", "rtx-1.4")]
    [InlineData("tensorrt-rtx-1.4.0", "TensorRT-RTX 1.4.0", "rtx-1.4.0")]
    [InlineData("TensorRT-RTX 1.6.0", "TensorRT-RTX 1.6.0", "rtx-1.6.0")]
    public void A_release_is_read_from_its_forms_and_written_in_one(string text, string name, string id)
    {
        Assert.True(TensorRtRelease.TryParse(text, out TensorRtRelease release));
        Assert.Equal((name, id), (release.ToString(), release.Id));
        Assert.Equal($"\"{name}\"", JsonSerializer.Serialize(release));
        Assert.Equal(release, JsonSerializer.Deserialize<TensorRtRelease>($"\"{name}\""));
    }

    [Theory]
    [InlineData("")]
    [InlineData("10")]
    [InlineData("10.x")]
    [InlineData("10.16.0.1.2")]
    [InlineData("cuda-10.16")]
    [InlineData("10.16\n")]
    public void Text_that_is_not_a_release_is_refused(string text)
    {
        Assert.False(TensorRtRelease.TryParse(text, out _));
        Assert.Throws<JsonException>(() => JsonSerializer.Deserialize<TensorRtRelease>(JsonSerializer.Serialize(text)));
    }

    [Fact]
    public void Releases_of_one_product_are_in_order_and_those_of_two_are_not_compared()
    {
        Assert.True(new TensorRtRelease(10, 16, 0).IsAtLeast(new(10, 16)));
        Assert.True(new TensorRtRelease(11, 0).IsAtLeast(new(10, 16, 5)));
        Assert.False(new TensorRtRelease(10, 3).IsAtLeast(new(10, 3, 1)));
        Assert.False(new TensorRtRelease(11, 0).IsAtLeast(new(1, 4, IsRtx: true)));
    }

    [Fact]
    public unsafe void Dims_have_the_layout_of_the_headers()
    {
        Assert.Equal(72, sizeof(Dims));
        Assert.Equal(36, sizeof(Dims32));
        Dims dims = Dims.Of([1, -1, 7]);
        Assert.Equal([1, -1, 7], ((Dims)(Dims32)dims).ToArray()!);
        Assert.Null(new Dims { Rank = -1 }.ToArray());
        Assert.Throws<ArgumentException>(() => Dims.Of(new long[9]));
        Assert.Throws<OverflowException>(() => (Dims32)Dims.Of([1L << 40]));
    }

    private static AbiLayout Of(int number) => AbiLayout.Of(TensorRtRelease.FromNumber(number), out _)!;

    private static string[] Rows(string table) => [
        .. table.Split('\n').Select(l => NumberTable.Cells(l)[0].Replace(".", "_").Replace("~", ""))];
}
