using GraphPartition.Operators.Tests.Support;
using Xunit;

namespace GraphPartition.Operators.Tests.Unit.Families;

public sealed class IndexingTests
{
    [Theory]
    [InlineData("Slice", "f32[10] i64[1]{2} i64[1]{5}", "f32[3]")]
    [InlineData("Slice", "f32[10] i64[1]{-3} i64[1]{9223372036854775807}", "f32[3]")]
    [InlineData("Slice", "f32[10] i64[1]{9} i64[1]{-11} i64[1]{0} i64[1]{-3}", "f32[4]")]
    [InlineData("Slice", "f32[10] i64[1]{5} i64[1]{5}", "f32[0]")]
    [InlineData("Slice", "f32[4,n] i64[1]{0} i64[1]{9223372036854775807} i64[1]{-1}", "f32[4,n]")]
    [InlineData("Slice", "f32[4,n] i64[1]{1} i64[1]{9223372036854775807} i64[1]{1}", "f32[4,n-1]")]
    [InlineData("Slice", "f32[n] i64[1]{0} i64[1]{7}", "f32[min(7|n)]")]
    [InlineData("Slice", "f32[n] i64[1] i64[1]", "f32[?]")]
    [InlineData("Slice", "i64[4]{5,6,7,8} i64[1]{-1} i64[1]{-5} i64[1]{0} i64[1]{-1}", "i64[4]{8,7,6,5}")]
    [InlineData("Slice", "i64[2,2]{5,6,7,8} i64[1]{-1} i64[1]{-3} i64[1]{0} i64[1]{-1}", "i64[2,2]{7,8,5,6}")]
    [InlineData("Gather", "f32[5,n] i64[2,3]", "f32[2,3,n]")]
    [InlineData("Gather", "i64[3]{4,5,6} i64[]{-1}", "i64[]{6}")]
    [InlineData("Gather", "i64[3]{4,5,6} i64[2]{0,2}", "i64[2]{4,6}")]
    [InlineData("GatherElements", "f32[5,5] i64[2,n]", "f32[2,n]")]
    [InlineData("GatherND", "f32[2,3,n] i64[7,2]", "f32[7,n]")]
    [InlineData("GatherND", "f32[2,3] i64[2]", "f32[]")]
    [InlineData("ScatterND", "f32[5,n] i64[2,1] f32[2,n]", "f32[5,n]")]
    [InlineData("Pad", "f32[2,n] i64[4]{0,1,0,1}", "f32[2,n+2]")]
    [InlineData("Pad", "f32[2,3] i64[2]{-1,0} - i64[1]{-1}", "f32[2,2]")]
    [InlineData("Pad", "f32[2,n] i64[4]", "f32[?,?]")]
    [InlineData("OneHot", "i64[2,n] i64[]{5} f32[2]", "f32[2,n,5]")]
    [InlineData("CumSum", "f32[2,n] i64[]{1}", "f32[2,n]")]
    [InlineData("NonZero", "f32[2,n]", "i64[2,$0]")]
    [InlineData("Compress", "f32[2,3] bool[6]", "f32[$0]")]
    [InlineData("Compress", "f32[2,3] bool[3]{1,0,1}", "f32[2]")]
    [InlineData("NonMaxSuppression", "f32[1,6,4] f32[1,1,6]", "i64[$0,3]")]
    public void Indexing(string op, string inputs, string output) => Assert.Equal(output, Inferred.Of(op, inputs));

    [Fact]
    public void Several_outputs()
    {
        Assert.Equal("f32[2,3] i64[2,3]", Inferred.Of("TopK", "f32[2,n] i64[1]{3}", 2));
        Assert.Equal("f32[3,4] i64[3,4]", Inferred.Of("TopK", "f32[9,4] i64[1]{3}", 2, ("axis", 0)));
        Assert.Equal("f32[$0] i64[$0] i64[6] i64[$0]", Inferred.Of("Unique", "f32[2,3]", 4));
        Assert.Equal("f32[2,$0] i64[$0] i64[3] i64[$0]", Inferred.Of("Unique", "f32[2,3]", 4, ("axis", -1)));
    }

    [Fact]
    public void Wrong_axes_and_lengths_are_reported()
    {
        Assert.Equal("GP2006", Inferred.Objections("Gather", "f32[5] i64[2]", ("axis", 1)));
        Assert.Equal("GP2006", Inferred.Objections("Slice", "f32[5] i64[1]{0} i64[1]{1} i64[1]{1}"));
        Assert.Equal("GP2005", Inferred.Objections("GatherND", "f32[2,3] i64[2,3]"));
        Assert.Equal("GP2005", Inferred.Objections("Pad", "f32[2,3] i64[2]{1,1}"));
        Assert.Equal("GP2005", Inferred.Of("TopK", "f32[2] i64[1]{3}", 2));
    }
}
