using GraphPartition.Ir.Graphs;
using GraphPartition.Ir.Tensors;
using GraphPartition.MixedPrecision.Debugging;
using GraphPartition.MixedPrecision.Emulation;
using GraphPartition.MixedPrecision.Measuring;
using GraphPartition.MixedPrecision.Options;
using GraphPartition.MixedPrecision.Ranges;
using GraphPartition.MixedPrecision.Tests.Support;
using GraphPartition.Onnx.Reading;
using GraphPartition.Operators;
using GraphPartition.Operators.Definitions;
using Xunit;

namespace GraphPartition.MixedPrecision.Tests.Unit;

/// <summary>Faults that were planted in a model must be named.</summary>
public sealed class DebugTests
{
    private const string Mask = """
        graph g(x: f32[2,2], keep: f32[2,2]) -> (y) {
          const one: f32[] = {1.0}
          const lowest: f32[] = {-3.4028235e38}
          m = Sub(one, keep) "m"
          n = Mul(m, lowest) "mask"
          a = Add(x, n) "a"
          p = Softmax(a) "p"
          y = MatMul(p, x) "y"
        }
        """;

    [Fact]
    public void A_mask_that_becomes_infinite_is_the_culprit_in_both_formats()
    {
        foreach (LowFormat format in (ReadOnlySpan<LowFormat>)[LowFormat.Fp16, LowFormat.Bf16])
        {
            using Samples samples = Ones();
            Model model = Conversion.Parse(Mask);
            PrecisionErrors errors = PrecisionDebugger.Find(
                model, OperatorTable.Default, new PrecisionOptions(format), withRules: false, 22, samples.Runner);
            Assert.Equal("mask", Assert.Single(errors.Culprits).Node);
            Assert.Equal("mask", errors.First!.Node);
            Assert.Equal(double.NegativeInfinity, errors.All);
            Assert.True(errors.WithoutCulprits > 22);
            BrokenNode broken = NonFiniteSearch.Find(model, OperatorTable.Default, format, samples.Runner).Nodes[0];
            Assert.Equal(("mask", "0 times an infinity is NaN"), (broken.Node, broken.Why));
        }
    }

    [Fact]
    public void The_rules_of_a_conversion_leave_no_culprit()
    {
        using Samples samples = Ones();
        PrecisionErrors errors = PrecisionDebugger.Find(Conversion.Parse(Mask), OperatorTable.Default, new PrecisionOptions(LowFormat.Fp16),
            withRules: true, 40, samples.Runner);
        Assert.Empty(errors.Culprits);
        Assert.True(errors.All > 40);
    }

    [Fact]
    public void A_model_in_fp16_overflows_where_its_own_nodes_do()
    {
        using var samples = new Samples([new Dictionary<string, DataValue> { ["x"] = TensorData.Floats([300, 1], 2) }]);
        Model model = Conversion.Parse("""
            graph g(x: f32[2]) -> (y) {
              h = Cast(x) {to = 10}
              s = Mul(h, h) "square"
              y = Cast(s) {to = 1}
            }
            """);
        BrokenModel broken = NonFiniteSearch.Find(model, OperatorTable.Default, null, samples.Runner);
        Assert.Equal("square", broken.Nodes[0].Node);
        Assert.Equal("y", Assert.Single(broken.Outputs).Name);
    }

    /// <summary>ONNX Runtime has no BF16 kernels for CPUs; what such a part rounds is right, so it is no error of a conversion.</summary>
    [Fact]
    public void A_part_in_bf16_is_measured_too()
    {
        using var samples = new Samples([new Dictionary<string, DataValue> { ["x"] = TensorData.Floats([0.3f, 0.7f, 1.1f, 1.3f], 2, 2) }]);
        Model model = Conversion.Parse("""
            graph g(x: f32[2,2]) -> (y) {
              const w: f32[2,2] = {0.1, 0.3, 0.7, 0.9}
              h = Cast(x) {to = 16}
              s = Add(h, h) "sum"
              f = Cast(s) {to = 1}
              y = MatMul(f, w) "product"
            }
            """);
        PrecisionErrors errors = PrecisionDebugger.Find(
            model, OperatorTable.Default, new PrecisionOptions(LowFormat.Fp16), withRules: true, 40, samples.Runner);
        Assert.InRange(errors.All, 50, 90);
        Assert.Equal(double.PositiveInfinity, Assert.Single(OutputMeasure.Of(Emulator.Emulate(model, OperatorTable.Default),
            Emulator.Emulate(model, OperatorTable.Default), samples.Runner)).Decibels);
        Assert.NotNull(SampleRanges.Observe(model, LowFormat.Fp16, samples.Runner).Of(model.Graph.Nodes[^1].Outputs[0]!));
    }

    [Fact]
    public void A_node_in_a_body_and_a_constant_are_named()
    {
        using var samples = new Samples([new Dictionary<string, DataValue> { ["x"] = TensorData.Floats([1, 2], 2) }]);
        BrokenModel body = NonFiniteSearch.Find(Conversion.Parse("""
            graph g(x: f32[2]) -> (y) {
              const n: i64[] = {3}
              r, y = Loop(n, _, x) {body = graph body(i: i64[], c: bool[], s: f32[2]) -> (k, p, t) {
                k = Identity(c)
                p = Identity(s)
                m = Neg(s) "minus"
                t = Log(m) "log"
              }} "loop"
            }
            """), OperatorTable.Default, null, samples.Runner);
        Assert.Equal(["log", "loop"], body.Nodes.Select(n => n.Node));
        BrokenModel constant = NonFiniteSearch.Find(Conversion.Parse("""
            graph g(x: f32[2]) -> (y) {
              const w: f32[2] = {1, nan}
              y = Mul(x, w) "m"
            }
            """), OperatorTable.Default, null, samples.Runner);
        Assert.Empty(constant.Nodes);
        Assert.Equal("w", Assert.Single(constant.Sources).Name);
    }

    /// <summary>A node with a body rounds nothing itself, but its result is the first that is wrong.</summary>
    [Fact]
    public void The_first_wrong_tensor_may_come_from_a_body()
    {
        using var samples = new Samples([new Dictionary<string, DataValue> { ["x"] = TensorData.Floats([300, 2], 2) }]);
        PrecisionErrors errors = PrecisionDebugger.Find(Conversion.Parse("""
            graph g(x: f32[2]) -> (y) {
              const n: i64[] = {1}
              r = Loop(n, _, x) {body = graph body(i: i64[], c: bool[], s: f32[2]) -> (k, t) {
                k = Identity(c)
                t = Mul(s, s) "square"
              }} "loop"
              y = Sqrt(r) "root"
            }
            """), OperatorTable.Default, new PrecisionOptions(LowFormat.Fp16), withRules: false, 40, samples.Runner);
        Assert.Equal(("loop", "r"), (errors.First!.Node, errors.First.Tensor));
        Assert.Equal("square", errors.Culprits[0].Node);
    }

    private static Samples Ones() => new([new Dictionary<string, DataValue>
    {
        ["x"] = TensorData.Floats([0.5f, 1.25f, 2.1f, 0.3f], 2, 2),
        ["keep"] = TensorData.Floats([1, 1, 1, 0], 2, 2),
    }]);
}
