using GraphPartition.Operators.Tests.Support;
using Xunit;

namespace GraphPartition.Operators.Tests.Unit.Families;

public sealed class ReductionTests
{
    [Theory]
    [InlineData("f32[2,n,4] i64[1]{1}", "f32[2,1,4]")]
    [InlineData("f32[2,n,4] i64[2]{0,-1}", "f32[1,n,1]")]
    [InlineData("f32[2,n,4]", "f32[1,1,1]")]
    [InlineData("f32[2,n,4] i64[0]{}", "f32[1,1,1]")]
    [InlineData("f32[2,n,4] i64[1]", "f32[?,?,?]")]
    [InlineData("f32[]", "f32[]")]
    [InlineData("f32[0,3] i64[1]{0}", "f32[1,3]")]
    [InlineData("i64[3]{2,3,4} i64[1]{0}", "i64[1]{9}")]
    public void Reduced_dimensions_become_1(string inputs, string output) => Assert.Equal(output, Inferred.Of("ReduceSum", inputs));

    [Fact]
    public void Unused_outputs_disappear()
    {
        Assert.Equal("f32[2,4]", Inferred.Of("ReduceMean", "f32[2,n,4] i64[1]{1}", ("keepdims", 0)));
        Assert.Equal("f32[]", Inferred.Of("ReduceMax", "f32[*]", ("keepdims", 0)));
        Assert.Equal("f32[?,?]", Inferred.Of("ReduceMax", "f32[2,n,4] i64[1]", ("keepdims", 0)));
        Assert.Equal("i64[]{24}", Inferred.Of("ReduceProd", "i64[3]{2,3,4}", ("keepdims", 0)));
        Assert.Equal("f32[2,n,4]", Inferred.Of("ReduceSum", "f32[2,n,4] i64[0]{}", ("noop_with_empty_axes", 1)));
        Assert.Equal("f32[2,n,4]", Inferred.Of("ReduceSum", "f32[2,n,4]", ("noop_with_empty_axes", 1)));
        Assert.Equal("i64[2,4]", Inferred.Of("ArgMax", "f32[2,n,4]", ("axis", 1), ("keepdims", 0)));
        Assert.Equal("i64[2,n,1]", Inferred.Of("ArgMin", "f32[2,n,4]", ("axis", -1)));
        Assert.Equal("GP2006", Inferred.Objections("ArgMin", "f32[2]", ("axis", 1)));
        Assert.Equal("GP2006", Inferred.Objections("ReduceSum", "f32[2] i64[1]{1}"));
    }
}
