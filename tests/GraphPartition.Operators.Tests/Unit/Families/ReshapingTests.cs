using GraphPartition.Operators.Tests.Support;
using Xunit;

namespace GraphPartition.Operators.Tests.Unit.Families;

public sealed class ReshapingTests
{
    [Theory]
    [InlineData("f32[2,3,4] i64[2]{6,4}", "f32[6,4]")]
    [InlineData("f32[2,3,4] i64[2]{-1,4}", "f32[6,4]")]
    [InlineData("f32[2,3,4] i64[3]{0,-1,2}", "f32[2,6,2]")]
    [InlineData("f32[n,3,4] i64[2]{0,12}", "f32[n,12]")]
    [InlineData("f32[n,3,4] i64[2]{-1,12}", "f32[n,12]")] // n * 12 / 12
    [InlineData("f32[n,l,8] i64[4]{0,0,2,4}", "f32[n,l,2,4]")]
    [InlineData("f32[n,l,8] i64[2]{-1,8}", "f32[l*n,8]")]
    [InlineData("f32[n,?,8] i64[2]{-1,8}", "f32[?,8]")]
    [InlineData("f32[] i64[0]{}", "f32[]")]
    [InlineData("f32[1] i64[0]{}", "f32[]")]
    [InlineData("f32[0,3] i64[2]{0,-1}", "f32[0,?]")] // 0 elements: nothing tells
    [InlineData("f32[*] i64[2]{-1,8}", "f32[?,8]")]
    [InlineData("f32[2,3] i64[3]", "f32[?,?,?]")]
    [InlineData("f32[2,3] i64[k]", "f32[*]")]
    public void Reshape_copies_infers_and_keeps_symbols(string inputs, string output) =>
        Assert.Equal(output, Inferred.Of("Reshape", inputs));

    [Fact]
    public void Reshape_reads_0_as_0_with_allowzero()
    {
        Assert.Equal("f32[0,3]", Inferred.Of("Reshape", "f32[0,5] i64[2]{0,3}", ("allowzero", 1)));
        Assert.Equal("GP2005", Inferred.Objections("Reshape", "f32[2,3] i64[2]{4,2}"));
        Assert.Equal("GP2005", Inferred.Objections("Reshape", "f32[2,3] i64[2]{4,-1}"));
        Assert.Equal("GP2005", Inferred.Objections("Reshape", "f32[6] i64[2]{6,0}"));
        Assert.Equal("GP2005", Inferred.Objections("Reshape", "f32[2,3] i64[3]{-1,-1,1}"));
    }

    [Theory]
    [InlineData("Squeeze", "f32[1,2,1] i64[1]{-1}", "f32[1,2]")]
    [InlineData("Squeeze", "f32[1,2,1]", "f32[2]")]
    [InlineData("Squeeze", "f32[1,n,1]", "f32[*]")] // n may be 1
    [InlineData("Squeeze", "f32[1,n,1] i64[2]{0,2}", "f32[n]")]
    [InlineData("Squeeze", "f32[1,n,1] i64[1]", "f32[?,?]")]
    [InlineData("Squeeze", "i64[1]{7} i64[1]{0}", "i64[]{7}")]
    [InlineData("Unsqueeze", "f32[2,3] i64[2]{0,-1}", "f32[1,2,3,1]")]
    [InlineData("Unsqueeze", "i64[]{7} i64[1]{0}", "i64[1]{7}")]
    [InlineData("Flatten", "f32[2,n,4]", "f32[2,n*4]")]
    [InlineData("Flatten", "f32[0,3]", "f32[0,3]")]
    [InlineData("Transpose", "f32[2,n,4]", "f32[4,n,2]")]
    [InlineData("Expand", "f32[3,1] i64[3]{2,1,6}", "f32[2,3,6]")]
    [InlineData("Expand", "i64[1]{5} i64[1]{3}", "i64[3]{5,5,5}")]
    [InlineData("Tile", "f32[2,n] i64[2]{3,2}", "f32[6,n*2]")]
    [InlineData("Shape", "f32[2,n,?]", "i64[3]{2,n,?}")]
    [InlineData("Shape", "f32[]", "i64[0]{}")]
    [InlineData("Shape", "f32[*]", "i64[?]")]
    [InlineData("Size", "f32[2,n,3]", "i64[]{n*6}")]
    [InlineData("Size", "f32[]", "i64[]{1}")]
    [InlineData("ConstantOfShape", "i64[2]{2,3}", "f32[2,3]")]
    [InlineData("ConstantOfShape", "i64[0]{}", "f32[]{0}")]
    [InlineData("Range", "i64[]{2} i64[]{9} i64[]{3}", "i64[3]{2,5,8}")]
    [InlineData("Range", "i64[]{5} i64[]{0} i64[]{-2}", "i64[3]{5,3,1}")]
    [InlineData("Range", "i64[]{5} i64[]{0} i64[]{1}", "i64[0]{}")]
    public void Shapes_follow_the_operator(string op, string inputs, string output) => Assert.Equal(output, Inferred.Of(op, inputs));

    [Fact]
    public void Attributes_decide()
    {
        Assert.Equal("f32[2,n*4]", Inferred.Of("Flatten", "f32[2,n,4]", ("axis", -2)));
        Assert.Equal("f32[1,1]", Inferred.Of("Flatten", "f32[]", ("axis", 0)));
        Assert.Equal("f32[4,2,n]", Inferred.Of("Transpose", "f32[2,n,4]", ("perm", new long[] { 2, 0, 1 })));
        Assert.Equal("i64[2]{n,4}", Inferred.Of("Shape", "f32[2,n,4]", ("start", 1)));
        Assert.Equal("i64[1]{n}", Inferred.Of("Shape", "f32[2,n,4]", ("start", -2), ("end", -1)));
        Assert.Equal("f32[5,n]", Inferred.Of("Concat", "f32[2,n] f32[3,n]", ("axis", 0)));
        Assert.Equal("f32[n+2,3]", Inferred.Of("Concat", "f32[2,3] f32[n,3]", ("axis", -2)));
        Assert.Equal("i64[3]{1,2,-3}", Inferred.Of("Concat", "i64[2]{1,2} i64[1]{-3}", ("axis", 0)));
        Assert.Equal("f32[1,4,4,6]", Inferred.Of("DepthToSpace", "f32[1,16,2,3]", ("blocksize", 2)));
        Assert.Equal("f32[1,64,h/2,1]", Inferred.Of("SpaceToDepth", "f32[1,16,h,2]", ("blocksize", 2)));
        Assert.Equal("GP2005", Inferred.Objections("Concat", "f32[2,3] f32[2,4]", ("axis", 0)));
        Assert.Equal("GP2005", Inferred.Objections("Concat", "f32[2,3] f32[2]", ("axis", 0)));
        Assert.Equal("GP2006", Inferred.Objections("Concat", "f32[2,3]", ("axis", 2)));
        Assert.Equal("GP2005", Inferred.Objections("Transpose", "f32[2,3]", ("perm", new long[] { 0 })));
        Assert.Equal("GP2005", Inferred.Objections("Squeeze", "f32[2,3] i64[1]{0}"));
    }

    [Fact]
    public void Split_gives_the_requested_sizes_or_equal_ones()
    {
        Assert.Equal("f32[2,1] f32[2,3]", Inferred.Of("Split", "f32[2,4] i64[2]{1,3}", 2, ("axis", 1)));
        Assert.Equal("f32[2,2] f32[2,2]", Inferred.Of("Split", "f32[2,4]", 2, ("axis", -1), ("num_outputs", 2)));
        Assert.Equal("f32[3] f32[3] f32[1]", Inferred.Of("Split", "f32[7]", 3, ("num_outputs", 3)));
        Assert.Equal("f32[0] f32[0]", Inferred.Of("Split", "f32[0]", 2, ("num_outputs", 2)));
        Assert.Equal("i64[1]{5} i64[2]{6,7}", Inferred.Of("Split", "i64[3]{5,6,7} i64[2]{1,2}", 2));
        Assert.Equal("GP2005", Inferred.Of("Split", "f32[2,4] i64[2]{1,1}", 2, ("axis", 1)));
        Assert.Equal("f32[?] f32[?]", Inferred.Of("Split", "f32[N]", 2));
        Assert.Equal("f32[?] f32[?] f32[?]", Inferred.Of("Split", "f32[9223372036854775806]", 3));
    }
}
