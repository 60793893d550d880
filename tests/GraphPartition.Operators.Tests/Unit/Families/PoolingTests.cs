using GraphPartition.Operators.Tests.Support;
using Xunit;

namespace GraphPartition.Operators.Tests.Unit.Families;

public sealed class PoolingTests
{
    private static readonly long[] Two = [2, 2], Three = [3, 3];

    [Fact]
    public void Pooling_rounds_down_or_up()
    {
        Assert.Equal("f32[1,3,3,3]", Inferred.Of("MaxPool", "f32[1,3,8,8]", ("kernel_shape", Three), ("strides", Two)));
        Assert.Equal("f32[1,3,4,4]", Inferred.Of("MaxPool", "f32[1,3,8,8]", ("kernel_shape", Three), ("strides", Two), ("ceil_mode", 1)));
        Assert.Equal("f32[1,3,4,4]", Inferred.Of("AveragePool", "f32[1,3,8,8]", ("kernel_shape", Three), ("dilations", Two)));
        Assert.Equal(
            "f32[1,3,4,4]", Inferred.Of("LpPool", "f32[1,3,8,8]", ("kernel_shape", Three), ("strides", Two), ("auto_pad", "SAME_LOWER")));
        // The second window would start in the padding at the end: it is left out.
        Assert.Equal(
            "f32[1,1,1,1]", Inferred.Of("MaxPool", "f32[1,1,2,2]", ("kernel_shape", new long[] { 1, 1 }), ("strides", Two),
                ("ceil_mode", 1)));
        Assert.Equal("f32[1,1,1,1]", Inferred.Of("MaxPool", "f32[1,1,2,2]", ("kernel_shape", Three), ("strides", Two), ("ceil_mode", 1)));
        Assert.Equal("f32[n,3,h/2,w/2]", Inferred.Of("MaxPool", "f32[n,3,h,w]", ("kernel_shape", Two), ("strides", Two)));
    }

    [Fact]
    public void Maximum_pooling_can_return_the_places_of_the_maxima() =>
        Assert.Equal("f32[1,3,4,4] i64[1,3,4,4]", Inferred.Of("MaxPool", "f32[1,3,8,8]", 2, ("kernel_shape", Two), ("strides", Two)));

    [Fact]
    public void Global_pooling_leaves_one_of_each_spatial_dimension()
    {
        Assert.Equal("f32[n,c,1,1]", Inferred.Of("GlobalAveragePool", "f32[n,c,h,w]"));
        Assert.Equal("f32[n,c,1]", Inferred.Of("GlobalMaxPool", "f32[n,c,0]"));
    }

    [Fact]
    public void Regions_and_unpooling()
    {
        Assert.Equal("f32[r,3,7,5]", Inferred.Of("RoiAlign", "f32[1,3,8,8] f32[r,4] i64[r]", ("output_height", 7), ("output_width", 5)));
        Assert.Equal("f32[r,3,2,2]", Inferred.Of("MaxRoiPool", "f32[1,3,8,8] f32[r,5]", ("pooled_shape", Two)));
        Assert.Equal("f32[1,1,4,4]", Inferred.Of("MaxUnpool", "f32[1,1,2,2] i64[1,1,2,2]", ("kernel_shape", Two), ("strides", Two)));
        Assert.Equal(
            "f32[1,1,5,5]", Inferred.Of("MaxUnpool", "f32[1,1,2,2] i64[1,1,2,2] i64[4]{1,1,5,5}", ("kernel_shape", Two), ("strides", Two)));
    }

    [Fact]
    public void A_window_larger_than_its_input_is_reported()
    {
        Assert.Equal("GP2005 GP2005", Inferred.Objections("MaxPool", "f32[1,1,2,2]", ("kernel_shape", Three)));
        Assert.Equal("GP2004", Inferred.Objections("MaxPool", "f32[1,1,?,?]"));
    }
}
