using System.Text;
using GraphPartition.Foundation;
using GraphPartition.Ir.Graphs;
using GraphPartition.Ir.Types;
using GraphPartition.Operators.Extensions;
using GraphPartition.Operators.TensorRt;
using Xunit;

namespace GraphPartition.Operators.Tests.Unit;

/// <summary>Operators that users add, by file and by code.</summary>
public sealed class OperatorsFileTests
{
    private static readonly TensorRtTarget Trt86 = new(new(8, 6)), Trt100 = new(new(10, 0));

    [Fact]
    public void Declared_operators_are_inferred_and_supported_as_the_file_says()
    {
        OperatorTable table = Table("""
            [
              { "operator": "my::Swirl", "outputs": ["same as input 0", "i64 same as input 1", "f32[1,?]"], "tensorrt": "10.0" },
              { "operator": "my::Mix", "outputs": ["broadcast"], "reason": "not yet" }, // comments are fine
            ]
            """);
        var builder = new GraphBuilder(table);
        Value x = builder.Input("x", IrType.Tensor(ElementType.Float16, new Shape("n", 1))),
            y = builder.Input("y", IrType.Tensor(ElementType.Float16, Shape.Of(3)));
        Node swirl = builder.Add(new("my", "Swirl"), [x, y], ["a", "b", "c", "d"]);
        Node mix = builder.Add(new("my", "Mix"), [x, y], ["m"]);
        Assert.Equal(["f16[n,1]", "i64[3]", "f32[1,?]", "f32[1,?]"], swirl.Outputs.Select(o => o!.Type.ToString()));
        Assert.Equal("f16[n,3]", mix.Outputs[0]!.Type.ToString());
        Assert.True(table.SupportOf(swirl, Trt100).IsYes);
        Assert.Contains("TensorRT 10.0", table.SupportOf(swirl, Trt86).Reason);
        Assert.Equal(Trt100.Release, table.FirstReleaseThatSupports(swirl, Trt86));
        Assert.Equal("not yet", table.SupportOf(mix, Trt100).Reason);
        Assert.False(OperatorTable.Default.SupportOf(swirl, Trt100).IsYes);
    }

    [Theory]
    [InlineData("[\n{ \"operator\": 5 }]", 2, "'operator'")]
    [InlineData("[\n\n{ \"operator\": \"a::B\", \"outputs\": [\"f33\"] }]", 3, "f33")]
    [InlineData("[ { \"outputs\": [] } ]", 1, "name is missing")]
    [InlineData("[\n { \"operator\": \"A\",\n   \"tensorrt\": \"9.9\" }]", 3, "9.9")]
    [InlineData("[\n { \"operator\": \"A\",\n   \"color\": 1 }]", 3, "color")]
    [InlineData("[\n { \"operator\": \"A\" },\n { \"operator\": \"A\" }]", 3, "twice")]
    [InlineData("[\n { \"operator\": \"A\" ", 2, "")]
    [InlineData("{}", 1, "list of operators")]
    [InlineData("", 1, "")]
    [InlineData("[1]", 1, "object")]
    [InlineData("[{ \"operator\": \"A\", \"outputs\": [\"same as input -1\"] }]", 1, "same as input -1")]
    [InlineData("[{ \"operator\": \"A\", \"outputs\": [\"f32[1,x]\"] }]", 1, "f32[1,x]")]
    public void A_bad_file_names_the_line(string json, int line, string message)
    {
        Diagnostic diagnostic = Assert.Single(Assert.Throws<ModelException>(() => Table(json)).Diagnostics);
        Assert.Equal("GP2009", diagnostic.Code.Id);
        Assert.Equal($"ops.json({line})", diagnostic.Where);
        Assert.Contains(message, diagnostic.Message);
    }

    [Fact]
    public void A_missing_file_is_a_diagnostic() =>
        Assert.Throws<ModelException>(() => OperatorsFile.Read("/no/such/operators.json"));

    private static OperatorTable Table(string json) =>
        OperatorTable.Default.With(OperatorsFile.Parse(Encoding.UTF8.GetBytes(json), "ops.json"));
}
