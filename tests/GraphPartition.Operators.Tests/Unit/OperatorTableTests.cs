using GraphPartition.Foundation;
using GraphPartition.Ir.Graphs;
using GraphPartition.Ir.Types;
using GraphPartition.Operators.Definitions;
using GraphPartition.Operators.Extensions;
using GraphPartition.Operators.Families;
using GraphPartition.Operators.Schemas;
using GraphPartition.Operators.Tests.Support;
using Xunit;

namespace GraphPartition.Operators.Tests.Unit;

public sealed class OperatorTableTests
{
    [Fact]
    public void Every_standard_operator_has_a_shape_rule() => Assert.Empty(
        OperatorTable.Default.Operators.Where(o => o.Name.Domain.Length == 0 && !o.InfersShapes).Select(o => o.Name.ToString()));

    /// <summary>Without a definition an operator would count as impure, whatever it does.</summary>
    [Fact]
    public void Every_operator_with_a_schema_has_a_definition() => Assert.Empty(
        OperatorSchemas.Default.Operators.Where(o => OperatorSchemas.Default.Canonical(o) is not null
            && OperatorDefinitions.Of(o) == OperatorDefinition.Unknown).Select(o => o.ToString()));

    [Fact]
    public void Every_facet_of_an_unknown_operator_is_safe()
    {
        OperatorDefinition unknown = OperatorDefinitions.Of(new("acme", "Relu"));
        Assert.Same(OperatorDefinition.Unknown, unknown);
        Assert.False(unknown.IsPure || unknown.MovesElements || unknown.ReadsNumbers || unknown.IsActivation || unknown.TakesSizes
            || unknown.Work.IsLinear);
        Assert.True(unknown is { Types: null, Range: null, AnyWidthInput: null, Identity: null, Rows: null, OrtCuda: null });
        Assert.True(unknown is { MindSpore: null, Opsets: [], Work.Kind: WorkKind.Kernel });
    }

    /// <summary>Names that speak of chance, so that a new random operator is not forgotten in the list of impure ones.</summary>
    [Fact]
    public void Operators_that_draw_numbers_are_not_pure() => Assert.Empty(OperatorTable.Default.Operators.Where(o => o.IsPure
        && new[] { "Random", "Dropout", "Bernoulli", "Multinomial", "Sampling" }.Any(
            w => o.Name.Type.Contains(w, StringComparison.Ordinal))).Select(o => o.Name.ToString()));

    [Fact]
    public void An_operator_without_a_definition_is_not_pure()
    {
        Assert.True(OperatorTable.Default.Find("Relu")!.IsPure);
        Assert.Equal(
            [
                "Bernoulli", "Dropout", "Multinomial", "RandomNormal", "RandomNormalLike", "RandomUniform", "RandomUniformLike",
                "ai.onnx.preview.training::Gradient", "com.microsoft::BiasDropout", "com.microsoft::BitmaskBiasDropout",
                "com.microsoft::BitmaskDropout", "com.microsoft::EPContext", "com.microsoft::Sampling", "com.microsoft::Snpe",
            ],
            OperatorTable.Default.Operators.Where(o => o.Schema is not null && !o.IsPure).Select(o => o.Name.ToString())
                .Order(StringComparer.Ordinal));
        Assert.DoesNotContain(OperatorTable.Default.Operators, o => o.Schema is null && o.IsPure);
        IOperatorExtension declared = Assert.Single(
            OperatorsFile.Parse("""[{"operator": "acme::Counter", "outputs": ["same as input 0"]}]"""u8, "x.json"));
        Assert.False(OperatorTable.Default.With([declared]).Find(declared.Name)!.IsPure);
    }

    [Fact]
    public void A_node_that_keeps_an_older_form_gets_types_by_its_own_schema()
    {
        var builder = new GraphBuilder(OperatorTable.Default);
        Value x = builder.Input("x", IrType.Tensor(ElementType.Float32, Shape.Of(1, 1, 2, 2)));
        Node node = builder.Add("Upsample", [x], ["u"], AttributeMap.Of(("scales", new float[] { 1, 1, 2, 2 })), version: 7);
        Assert.Equal("f32[*]", node.Outputs[0]!.Type.ToString());
        Assert.Empty(builder.Scope.Diagnostics);
    }

    [Fact]
    public void An_unknown_operator_gives_unknown_types_and_no_objection()
    {
        Assert.Equal("?", Inferred.Of(new("some.domain", "Swirl"), "f32[2]"));
        Assert.Equal("f32[2]", Inferred.Of(new OpName("", "Relu", "overload"), "f32[2]"));
    }

    [Fact]
    public void Many_threads_may_use_one_table() => Parallel.For(0, 64, i =>
    {
        Assert.Equal("f32[n,4]", Inferred.Of("MatMul", "f32[n,3] f32[3,4]"));
        var builder = new GraphBuilder(OperatorTable.Default);
        Value x = builder.Input("x", IrType.Tensor(ElementType.Float32, Shape.Of(2)));
        Assert.Equal("f32[*]", builder.Add("Relu", [x], ["y"], version: 6 + i % 8).Outputs[0]!.Type.ToString());
    });
}
