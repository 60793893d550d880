using System.Collections.Immutable;
using GraphPartition.EngineBuilder.Shapes;
using GraphPartition.Foundation;
using GraphPartition.Ir.Graphs;
using GraphPartition.Ir.Tensors;
using GraphPartition.Ir.Types;
using GraphPartition.Onnx.Reading;
using GraphPartition.Operators;

namespace GraphPartition.EngineBuilder.Tests.Support;

/// <summary>Small models for the mock, which computes element-wise operators, MatMul and NonZero over floats.</summary>
internal static class Graphs
{
    private static readonly ImmutableSortedDictionary<string, int> Opset17 = OpsetVersions.Standard(17);

    /// <summary>For a model over x of three columns: one to four rows, two as a rule.</summary>
    public static ModelShapes UpToFourRows { get; } =
        new() { Min = ShapeSpec.Parse("x:1x3"), Opt = ShapeSpec.Parse("x:2x3"), Max = ShapeSpec.Parse("x:4x3") };

    /// <summary>A chain: x, then each operator on the result of the last. "Add w" adds a weight of its own.</summary>
    public static Model Chain(Shape shape, params string[] ops)
    {
        var builder = new GraphBuilder(OperatorTable.Default) { Name = "chain" };
        return Of(builder, Chain(builder, builder.Input("x", IrType.Tensor(ElementType.Float32, shape)), "", ops));
    }

    /// <summary>A chain of nodes in a graph or a body, whose names start with <paramref name="prefix"/>; the result is its last
    /// value.</summary>
    public static Value Chain(GraphBuilder builder, Value x, string prefix, params string[] ops)
    {
        for (int i = 0; i < ops.Length; i++)
        {
            string[] parts = ops[i].Split(' ');
            Value?[] inputs = parts.Length == 1 ? [x] : [x, builder.Constant($"{prefix}w{i}", TensorData.Floats([0.25f + i], 1))];
            x = builder.Add(parts[0], inputs, [$"{prefix}y{i}"], null, $"{prefix}{parts[0]}_{i}").Outputs[0]!;
        }
        return x;
    }

    /// <summary>Where the elements of relu(x) over [2, 3] are not zero: the data decide how many there are. Also their softmax, where
    /// asked.</summary>
    public static Model Places(bool withSoftmax = false)
    {
        var builder = new GraphBuilder(OperatorTable.Default) { Name = "nonzero" };
        Value x = builder.Input("x", IrType.Tensor(ElementType.Float32, Shape.Of(2, 3)));
        Value relu = builder.Add("Relu", [x], ["r"], null, "relu").Outputs[0]!;
        Value places = builder.Add("NonZero", [relu], ["z"], null, "nonzero").Outputs[0]!;
        return withSoftmax ? Of(builder, places, builder.Add("Softmax", [relu], ["s"], null, "softmax").Outputs[0]!) : Of(builder, places);
    }

    /// <summary>Two products around a Relu, of f32[4,16].</summary>
    public static Model Products()
    {
        var builder = new GraphBuilder(OperatorTable.Default) { Name = "products" };
        Value x = builder.Input("x", IrType.Tensor(ElementType.Float32, Shape.Of(4, 16)));
        Value W(string name, int rows, int columns) => builder.Constant(name,
            TensorData.Floats([.. Enumerable.Range(0, rows * columns).Select(i => MathF.Sin(i * 1.3f) / 4)], rows, columns));
        Value a = builder.Add("MatMul", [x, W("w", 16, 32)], ["a"], null, "first").Outputs[0]!;
        Value r = builder.Add("Relu", [a], ["r"], null, "relu").Outputs[0]!;
        return Of(builder, builder.Add("MatMul", [r, W("v", 32, 16)], ["y"], null, "second").Outputs[0]!);
    }

    public static Model Of(GraphBuilder builder, params Value[] outputs) =>
        new(builder.Build(outputs)) { Opsets = Opset17, FormatVersion = 8 };

    /// <summary>A float tensor with numbers on both sides of zero.</summary>
    public static TensorValue Floats(params long[] dims)
    {
        long count = dims.Aggregate(1L, (a, b) => a * b);
        return new TensorValue(TensorData.Floats([.. Enumerable.Range(0, (int)count).Select(i => (i * 7 % 11 - 5) / 4f)], dims));
    }
}
