using GraphPartition.Ir.Graphs;
using GraphPartition.Operators.Tests.Support;
using Xunit;

namespace GraphPartition.Operators.Tests.Unit.Families;

/// <summary>Empty tensors, scalars and odd axes in the families that have no file of their own: losses, texts, detection, trees.</summary>
public sealed class EdgeCaseTests
{
    [Theory]
    [InlineData("SoftmaxCrossEntropyLoss", "f32[b,5,0] i64[b,0]", "none", "f32[b,0]")]
    [InlineData("SoftmaxCrossEntropyLoss", "f32[0,5] i64[0]", "mean", "f32[]")]
    [InlineData("NegativeLogLikelihoodLoss", "f32[b,5,d1,d2] i64[b,d1,d2]", "none", "f32[b,d1,d2]")]
    [InlineData("NegativeLogLikelihoodLoss", "f32[b,5] i64[b]", "sum", "f32[]")]
    public void Losses(string op, string inputs, string reduction, string output) =>
        Assert.Equal(output, Inferred.Of(op, inputs, ("reduction", reduction)));

    [Theory]
    [InlineData("StringConcat", "str[0,3] str[1]", "str[0,3]")]
    [InlineData("StringConcat", "str[] str[]", "str[]")]
    [InlineData("RegexFullMatch", "str[0]", "bool[0]")]
    [InlineData("StringNormalizer", "str[1,c]", "str[1,c]")]
    public void Texts(string op, string inputs, string output) => Assert.Equal(output, Inferred.Of(op, inputs));

    [Fact]
    public void The_number_of_parts_of_a_split_text_depends_on_data() =>
        Assert.Equal("str[n,$0] i64[n]", Inferred.Of("StringSplit", "str[n]", 2));

    /// <summary>ONNX Runtime refuses each of these, too.</summary>
    [Theory]
    [InlineData("Split", "f32[2,3] i64[2]{4,-1}", 2)]
    [InlineData("Split", "f32[3] i64[3]{1,1,1}", 2)]
    [InlineData("Slice", "f32[3] i64[2]{0,1} i64[1]{2}", 1)]
    [InlineData("Slice", "f32[3] i64[1]{0} i64[1]{2} i64[1]{0} i64[1]{0}", 1)]
    [InlineData("OneHot", "i64[2] i64[]{3} f32[3]", 1)]
    public void Contradictions(string op, string inputs, int outputs) =>
        Assert.Equal("GP2005", string.Join(' ', Inferred.Node(op, inputs, outputs).Diagnostics.Select(d => d.Code.Id)));

    [Fact]
    public void Contradictions_of_attributes()
    {
        Assert.Equal("GP2005", Inferred.Objections("Transpose", "f32[2,3]", ("perm", new long[] { 0, 0 })));
        Assert.Equal("GP2005", Inferred.Objections("Einsum", "f32[2,3]", ("equation", "ij->k")));
    }

    [Fact]
    public void Detection()
    {
        Assert.Equal("i64[$0,3]", Inferred.Of("NonMaxSuppression", "f32[1,0,4] f32[1,2,0]"));
        Assert.Equal("f32[r,c,7,7]", Inferred.Of("RoiAlign", "f32[b,c,h,w] f32[r,4] i64[r]", ("output_height", 7), ("output_width", 7)));
        Assert.Equal("f32[0,c,1,1]", Inferred.Of("RoiAlign", "f32[b,c,h,w] f32[0,4] i64[0]"));
        Assert.Equal("f32[r,c,2,3]", Inferred.Of("MaxRoiPool", "f32[1,c,h,w] f32[r,5]", ("pooled_shape", new long[] { 2, 3 })));
    }

    [Theory]
    [InlineData("Scaler", "f32[0,3]", "f32[0,3]")]
    [InlineData("Binarizer", "f32[n]", "f32[n]")]
    [InlineData("ArrayFeatureExtractor", "f32[n,5] i64[1,2]", "f32[n,2]")]
    public void Machine_learning(string op, string inputs, string output) =>
        Assert.Equal(output, Inferred.Of(new OpName("ai.onnx.ml", op), inputs));

    [Theory]
    [InlineData("ReduceSum", "f32[2,0] i64[0]{}", "f32[1,1]")] // no axes: all
    [InlineData("ReduceMax", "f32[]", "f32[]")]
    [InlineData("Transpose", "f32[]", "f32[]")]
    [InlineData("Transpose", "f32[0,3]", "f32[3,0]")]
    [InlineData("Shape", "f32[]", "i64[0]{}")]
    [InlineData("Size", "f32[0,3]", "i64[]{0}")]
    [InlineData("Expand", "f32[] i64[2]{0,3}", "f32[0,3]")]
    [InlineData("Reshape", "f32[0,3] i64[2]{0,-1}", "f32[0,?]")] // 0 divided by 0
    [InlineData("NonZero", "f32[]", "i64[?,$0]")] // a scalar counts as a vector in some runtimes
    [InlineData("Flatten", "f32[0,2,3]", "f32[0,6]")]
    [InlineData("Squeeze", "f32[]", "f32[]")]
    [InlineData("Tile", "f32[2,0] i64[2]{3,4}", "f32[6,0]")]
    [InlineData("GatherND", "f32[2,3] i64[0,2]", "f32[0]")]
    [InlineData("Add", "f32[0] f32[1]", "f32[0]")]
    [InlineData("Conv", "f32[0,3,8,8] f32[4,3,3,3]", "f32[0,4,6,6]")]
    [InlineData("GlobalAveragePool", "f32[b,0,8,8]", "f32[b,0,1,1]")]
    public void Empty_tensors_and_scalars(string op, string inputs, string output) => Assert.Equal(output, Inferred.Of(op, inputs));
}
