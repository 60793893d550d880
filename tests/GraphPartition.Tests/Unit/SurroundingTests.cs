using GraphPartition.Compiler.Planning;
using GraphPartition.Compiler.Planning.Constraints;
using GraphPartition.Compiler.Tagging;
using GraphPartition.Foundation;
using GraphPartition.Ir.Graphs;
using GraphPartition.Ir.Types;
using GraphPartition.Operators;
using GraphPartition.Operators.TensorRt;
using Xunit;

namespace GraphPartition.Tests.Unit;

/// <summary>What only the nodes around a node tell: tensors at the border of an engine, what must be computed in the same one.</summary>
public sealed class SurroundingTests
{
    private readonly GraphBuilder _builder = new(OperatorTable.Default);

    [Fact]
    public void A_u8_tensor_exists_only_at_the_border_of_an_engine()
    {
        Value image = Input(ElementType.UInt8, 1, 3, 4, 4);
        Value y = Cast(Cast(Cast(image, ElementType.Float32), ElementType.UInt8), ElementType.Float32);
        PartitionPlan plan = Plan(_builder.Build(y));
        Assert.Equal([null, null, "u8-inside"], plan.Tags.Select(t => t.Rule));
    }

    [Fact]
    public void Scales_of_a_Resize_come_from_its_engine_or_are_known()
    {
        Value x = Input(ElementType.Float32, 1, 2, "h", "w"), other = Input(ElementType.Float32, 1, 2, "p", "q"),
            given = Input(ElementType.Float32, 4);
        Value computed = _builder.Op("Div", "s", [Cast(_builder.Op("Shape", "a", [other]), ElementType.Float32),
            Cast(_builder.Op("Shape", "b", [x]), ElementType.Float32)]);
        Value y = _builder.Op("Resize", "r1", [x, null, computed]), z = _builder.Op("Resize", "r2", [x, null, given]);
        PartitionPlan plan = Plan(_builder.Build(y, z));
        Assert.Equal([null, "inside(2)"], plan.Tags.Where((_, n) => plan.Graph.Nodes[n].Op.Is("Resize")).Select(t => t.Rule));
    }

    [Fact]
    public void A_Resize_in_another_engine_than_its_scales_falls_back()
    {
        Value x = Input(ElementType.Float32, 2, 2, "h", "h");
        Value shape = Cast(_builder.Op("Shape", "a", [_builder.Op("Exp", "exp", [x])]), ElementType.Float32);
        Value scales = _builder.Op("Div", "s", [shape, shape]);
        Value det = _builder.Op("Det", "det", [_builder.Op("Relu", "relu", [_builder.Op("Exp", "exp2", [x])])]);
        Value image = _builder.Op("Add", "image", [x, _builder.Op("Unsqueeze", "u",
            [det, _builder.Constant("axes", Ir.Tensors.TensorData.Int64s(2, 3))])]);
        PartitionPlan plan = Plan(_builder.Build(_builder.Op("Resize", "resize", [image, null, scales]), scales));
        for (int n = 0; n < plan.Graph.Nodes.Length; n++)
        {
            if (!plan.Graph.Nodes[n].Op.Is("Resize")) continue;
            int producer = plan.Graph.Uses.ProducerOf(scales);
            Assert.True(!plan.Tags[n].IsYes || plan.Partitioning.SegmentOf[n] == plan.Partitioning.SegmentOf[producer]);
        }
    }

    [Fact]
    public void Quantized_floats_stay_inside_of_an_engine()
    {
        Value x = Input(ElementType.Float32, 4), scale = _builder.Constant("s", Ir.Tensors.TensorData.Floats([0.5f])),
            zero = _builder.Constant("z", Ir.Tensors.TensorData.Scalar(ElementType.Float8E4M3FN, (byte)0));
        Value q = _builder.Op("QuantizeLinear", "q", [x, scale, zero]);
        Value d = _builder.Op("DequantizeLinear", "d", [q, scale, zero]);
        Assert.All(Plan(_builder.Build(d)).Tags, t => Assert.True(t.IsYes));
        Assert.Equal(["quantized-border", "quantized-border"], Plan(_builder.Build(q, d)).Tags.Select(t => t.Rule));
    }

    private static PartitionPlan Plan(Graph graph) => PartitionPlan.Of(graph,
        new PlanRequest(new TableSupport(OperatorTable.Default, TensorRtTarget.Default), GroupMode.Minimum, PlanConstraints.None));

    private Value Input(ElementType element, params Dim[] dims) => _builder.Input("x", IrType.Tensor(element, new Shape(dims)));

    private Value Cast(Value value, ElementType to) => _builder.Op("Cast", "c", [value], AttributeMap.Of(("to", (long)to)));
}
