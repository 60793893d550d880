using GraphPartition.Operators.Tests.Support;
using Xunit;

namespace GraphPartition.Operators.Tests.Unit.Families;

public sealed class ElementwiseTests
{
    [Theory]
    [InlineData("f32[2,3] f32[2,3]", "f32[2,3]")]
    [InlineData("f32[] f32[2,3]", "f32[2,3]")]
    [InlineData("f32[3] f32[2,1]", "f32[2,3]")]
    [InlineData("f32[n,1] f32[m]", "f32[n,m]")]
    [InlineData("f32[n,3] f32[n,1]", "f32[n,3]")]
    [InlineData("f32[n] f32[m]", "f32[?]")]
    [InlineData("f32[n] f32[4]", "f32[4]")] // n is 4 or 1
    [InlineData("f32[?] f32[1]", "f32[?]")]
    [InlineData("f32[0,3] f32[1,3]", "f32[0,3]")]
    [InlineData("f32[n] f32[0]", "f32[0]")]
    [InlineData("f32[*] f32[3]", "f32[*]")]
    [InlineData("f32[min(512|l)] f32[l]", "f32[l]")]
    public void Binary_operators_broadcast(string inputs, string output) => Assert.Equal(output, Inferred.Of("Add", inputs));

    /// <summary>The standard spreads the slopes over the data only, ONNX Runtime the data over the slopes too.</summary>
    [Fact]
    public void Slopes_may_be_larger_than_the_data() => Assert.Equal("f32[2,3]", Inferred.Of("PRelu", "f32[1,3] f32[2,3]"));

    [Theory]
    [InlineData("Add", "i64[2]{1,-4} i64[]{3}", "i64[2]{4,-1}")]
    [InlineData("Sub", "i64[]{3} i64[2]{1,5}", "i64[2]{2,-2}")]
    [InlineData("Mul", "i64[2]{2,0} i64[2]{3,7}", "i64[2]{6,0}")]
    [InlineData("Div", "i64[2]{7,-7} i64[]{2}", "i64[2]{3,-3}")]
    [InlineData("Div", "f32[2]{7,8} f32[]{2}", "f32[2]{?,4}")] // a half is not a whole number
    [InlineData("Mod", "i64[2]{7,8} i64[]{2}", "i64[2]{1,0}")]
    [InlineData("Equal", "i64[2]{1,-1} i64[]{-1}", "bool[2]{0,1}")]
    [InlineData("Less", "i64[2]{1,-1} i64[]{0}", "bool[2]{0,1}")]
    [InlineData("GreaterOrEqual", "i64[2]{1,-1} i64[]{1}", "bool[2]{1,0}")]
    [InlineData("Where", "bool[2]{1,0} i64[2]{5,6} i64[2]{7,8}", "i64[2]{5,8}")]
    [InlineData("Neg", "i64[2]{1,-4}", "i64[2]{-1,4}")]
    [InlineData("Identity", "i64[2]{1,-4}", "i64[2]{1,-4}")]
    public void Shape_arithmetic_is_evaluated(string op, string inputs, string output) => Assert.Equal(output, Inferred.Of(op, inputs));

    [Theory]
    [InlineData("IsNaN", "f32[2]", "bool[2]")]
    [InlineData("Not", "bool[n]", "bool[n]")]
    [InlineData("Equal", "str[2] str[1]", "bool[2]")]
    [InlineData("Identity", "seq(f32[2])", "seq(f32[2])")]
    [InlineData("Clip", "f16[2] f16[] f16[]", "f16[2]")]
    [InlineData("PRelu", "f32[2,3] f32[3]", "f32[2,3]")]
    [InlineData("Max", "f32[2,1] f32[3] f32[]", "f32[2,3]")]
    public void Types_follow_the_schema(string op, string inputs, string output) => Assert.Equal(output, Inferred.Of(op, inputs));

    [Theory]
    [InlineData("Add", "f32[2] f32[3]", "GP2005")]
    [InlineData("Add", "f32[2] f64[2]", "GP2007")]
    [InlineData("Add", "bool[2] bool[2]", "GP2002 GP2002")]
    [InlineData("Add", "f32[2]", "GP2003")]
    [InlineData("Relu", "f32[2] f32[2]", "GP2003")]
    [InlineData("Relu", "seq(f32[2])", "GP2002")]
    public void Faults_are_reported_without_exceptions(string op, string inputs, string codes) =>
        Assert.Equal(codes, Inferred.Objections(op, inputs));
}
