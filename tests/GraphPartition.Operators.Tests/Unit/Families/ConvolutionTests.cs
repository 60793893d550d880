using GraphPartition.Operators.Tests.Support;
using Xunit;

namespace GraphPartition.Operators.Tests.Unit.Families;

public sealed class ConvolutionTests
{
    private static readonly long[] Two = [2, 2], Pad1 = [1, 1, 1, 1];

    [Fact]
    public void Convolutions_slide_their_window()
    {
        Assert.Equal("f32[1,16,6,6]", Inferred.Of("Conv", "f32[1,3,8,8] f32[16,3,3,3]"));
        Assert.Equal("f32[1,16,8,8]", Inferred.Of("Conv", "f32[1,3,8,8] f32[16,3,3,3]", ("pads", Pad1)));
        Assert.Equal("f32[1,16,4,4]", Inferred.Of("Conv", "f32[1,3,8,8] f32[16,3,3,3]", ("pads", Pad1), ("strides", Two)));
        Assert.Equal("f32[1,16,4,4]", Inferred.Of("Conv", "f32[1,3,8,8] f32[16,3,3,3]", ("dilations", Two)));
        Assert.Equal("f32[1,16,4,5]", Inferred.Of("Conv", "f32[1,3,7,9] f32[16,3,3,3]", ("auto_pad", "SAME_UPPER"), ("strides", Two)));
        Assert.Equal(
            "f32[1,16,3,4]", Inferred.Of("Conv", "f32[1,3,7,9] f32[16,3,3,3]", ("auto_pad", "VALID"), ("strides", Two), ("pads", Pad1)));
        Assert.Equal("f32[1,8,6]", Inferred.Of("Conv", "f32[1,4,8] f32[8,2,3] f32[8]", ("group", 2)));
        Assert.Equal("f32[0,16,6,6]", Inferred.Of("Conv", "f32[0,3,8,8] f32[16,3,3,3]"));
        Assert.Equal("f32[1,2,3,4,5]", Inferred.Of("Conv", "f32[1,2,3,4,5] f32[2,2,1,1,1]"));
    }

    [Fact]
    public void Symbols_pass_through_the_arithmetic()
    {
        Assert.Equal("f32[n,16,h,w]", Inferred.Of("Conv", "f32[n,3,h,w] f32[16,3,3,3]", ("pads", Pad1)));
        Assert.Equal("f32[n,16,h-2,w-2]", Inferred.Of("Conv", "f32[n,3,h,w] f32[16,3,3,3]"));
        Assert.Equal("f32[n,16,(h+1)/2,(w+1)/2]", Inferred.Of("Conv", "f32[n,3,h,w] f32[16,3,3,3]", ("pads", Pad1), ("strides", Two)));
        Assert.Equal("f32[n,16,(h+3)/4,?]", Inferred.Of("Conv", "f32[n,3,(h+1)/2,?] f32[16,3,1,1]", ("strides", Two)));
        Assert.Equal("f32[?,16,?,?]", Inferred.Of("Conv", "f32[*] f32[16,3,3,3]"));
        Assert.Equal("f32[n,?,?,?]", Inferred.Of("Conv", "f32[n,3,h,w] f32[*]"));
    }

    [Fact]
    public void Transposed_convolutions_undo_it()
    {
        Assert.Equal("f32[1,2,5,5]", Inferred.Of("ConvTranspose", "f32[1,1,3,3] f32[1,2,3,3]"));
        Assert.Equal("f32[1,2,7,7]", Inferred.Of("ConvTranspose", "f32[1,1,3,3] f32[1,2,3,3]", ("strides", Two)));
        Assert.Equal(
            "f32[1,2,8,8]", Inferred.Of("ConvTranspose", "f32[1,1,3,3] f32[1,2,3,3]", ("strides", Two),
                ("output_padding", new long[] { 1, 1 })));
        Assert.Equal(
            "f32[1,2,10,8]", Inferred.Of("ConvTranspose", "f32[1,1,3,3] f32[1,2,3,3]", ("strides", new long[] { 3, 2 }),
                ("output_shape", new long[] { 10, 8 })));
        Assert.Equal("f32[1,6,5,5]", Inferred.Of("ConvTranspose", "f32[1,4,3,3] f32[4,3,3,3]", ("group", 2)));
        Assert.Equal("f32[n,2,h*2,w*2]", Inferred.Of("ConvTranspose", "f32[n,1,h,w] f32[1,2,2,2]", ("strides", Two)));
        Assert.Equal(
            "f32[1,2,6,6]", Inferred.Of("ConvTranspose", "f32[1,1,3,3] f32[1,2,3,3]", ("strides", Two), ("auto_pad", "SAME_UPPER")));
    }

    [Fact]
    public void Contradictions_are_reported()
    {
        Assert.Equal("GP2005", Inferred.Objections("Conv", "f32[1,3,8,8] f32[16,4,3,3]"));
        Assert.Equal("GP2005", Inferred.Objections("Conv", "f32[1,3,8,8] f32[16,3,3]"));
        Assert.Equal("GP2005 GP2005", Inferred.Objections("Conv", "f32[1,3,2,2] f32[16,3,3,3]"));
        Assert.Equal("GP2005", Inferred.Objections("Conv", "f32[1,3,8,8] f32[16,3,3,3]", ("strides", new long[] { 1 })));
        Assert.Equal("GP2006", Inferred.Objections("Conv", "f32[1,3,8,8] f32[16,3,3,3]", ("strides", new long[] { 0, 1 })));
        Assert.Equal("GP2006", Inferred.Objections("Conv", "f32[1,3,8,8] f32[16,3,3,3]", ("group", 1.5f)));
    }
}
