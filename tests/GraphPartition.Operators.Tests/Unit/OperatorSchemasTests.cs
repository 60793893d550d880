using GraphPartition.Foundation;
using GraphPartition.Ir.Graphs;
using GraphPartition.Ir.Types;
using GraphPartition.Operators.Schemas;
using Xunit;

namespace GraphPartition.Operators.Tests.Unit;

public sealed class OperatorSchemasTests
{
    private static readonly OperatorSchemas Schemas = OperatorSchemas.Default;

    [Theory]
    [InlineData(1, 1)]
    [InlineData(12, 11)]
    [InlineData(13, 13)]
    [InlineData(17, 13)]
    [InlineData(25, 18)]
    public void The_version_that_holds_is_the_latest_not_above_the_opset(int opset, int since) =>
        Assert.Equal(since, Schemas.Find("Split", opset)?.Since);

    [Fact]
    public void An_operator_before_its_first_version_or_without_a_schema_is_null()
    {
        Assert.Null(Schemas.Find("Gelu", 19));
        Assert.Null(Schemas.Find("NoSuchOperator", 25));
        Assert.Null(Schemas.Canonical("CumProd")); // since opset 26
        Assert.True(Schemas.Find("CumProd", 26)!.Since > OperatorSchemas.CanonicalOpset);
    }

    [Fact]
    public void A_schema_knows_its_parameters()
    {
        OperatorSchema split = Schemas.Canonical("Split")!;
        Assert.Equal((1, 2, int.MaxValue), (split.MinInputs, split.MaxInputs, split.MaxOutputs));
        Assert.Equal(Arity.Optional, split.Inputs[1].Arity);
        Assert.Equal(ElementType.Int64, split.Inputs[1].Types.OnlyElement);
        Assert.Same(split.Outputs[0], split.Output(7));
        Assert.Equal(0, Assert.IsType<IntAttribute>(split.Attribute("axis")!.Default).Value);
        Assert.True(Schemas.Canonical("Cast")!.Attribute("to")!.IsRequired);
        Assert.True(Schemas.Find("Scatter", 11)!.IsDeprecated);
        Assert.True(Schemas.Canonical("Loop")!.Outputs[0].MayDiffer);
    }

    [Fact]
    public void A_type_set_allows_its_types_and_open_types_that_may_match()
    {
        TypeSet types = Schemas.Canonical("Identity")!.Inputs[0].Types;
        Assert.True(types.Allows(IrType.Unknown));
        Assert.True(types.Allows(ElementType.Float8E4M3FN));
        Assert.True(types.Allows(new SequenceType(IrType.Tensor(ElementType.Float32))));
        Assert.True(types.Allows(new OptionalType(new SequenceType(IrType.Tensor(ElementType.Bool)))));
        Assert.False(types.Allows(new SequenceType(IrType.Tensor(ElementType.Float8E4M3FN))));
        Assert.False(Schemas.Canonical("Relu")!.Inputs[0].Types.Allows(IrType.Tensor(ElementType.Bool)));
        Assert.True(Schemas.Canonical("Relu")!.Inputs[0].Types.Allows(IrType.Tensor(ElementType.Undefined)));
    }

    [Theory]
    [InlineData("onnx.schemas")]
    [InlineData("contrib.schemas")]
    [InlineData("extra.schemas")]
    public void Every_line_reads_and_prints_as_it_stands(string file)
    {
        using var reader = new StreamReader(typeof(OperatorSchemas).Assembly.GetManifestResourceStream(file)!);
        foreach (string line in reader.ReadToEnd().Split('\n').Where(l => l.Length > 0 && l[0] != '#' && !l.StartsWith("group ")))
        {
            string[] name = line[..line.IndexOf(' ')].Split("::");
            OpName op = name.Length == 1 ? new(name[0]) : new(name[0], name[1]);
            Assert.Contains(Schemas.Versions(op), s => s.ToString() == line);
        }
    }
}
