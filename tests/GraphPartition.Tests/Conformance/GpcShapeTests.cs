using GraphPartition.Compiler.Import;
using GraphPartition.Foundation;
using GraphPartition.Ir.Graphs;
using GraphPartition.Ir.Tensors;
using GraphPartition.Ir.Types;
using GraphPartition.Onnx.Reading;
using GraphPartition.Onnx.TestData;
using GraphPartition.Onnx.Writing;
using GraphPartition.Operators;
using GraphPartition.Tests.Support;
using Xunit;

namespace GraphPartition.Tests.Conformance;

/// <summary>Shapes that the user fixes, and the simplified model that <c>gpc export</c> writes.</summary>
public sealed class GpcShapeTests : GpcTest
{
    [Theory]
    [InlineData("--input-shapes", "x:1x4x2")]
    [InlineData("--opt-shapes", "x:1x4x2")]
    public void Fixed_sizes_decide_an_If_in_every_command_that_plans(string option, string shape)
    {
        string model = Save(SqueezeIfOne()), compiled = Folder.File("compiled.onnx");
        Assert.Equal(1, Json("plan", model, option, shape).GetProperty("engines").GetArrayLength());
        Assert.True(Json("plan", model).GetProperty("fallback").GetArrayLength() > 0);
        Assert.Empty(Json("why", model, option, shape).EnumerateArray());
        Assert.All(Json("matrix", model, option, shape).EnumerateArray(), row => Assert.Equal(0, row.GetProperty("fallback").GetInt32()));
        Ok("run", model, option, shape, "--keep-groups");
        Ok("bench", model, option, shape, "--seconds", "0");
        Ok("compile", model, option, shape, "-o", compiled);
        Ok("run", compiled);
        Assert.Equal("f32[1,4,2]", Json("inspect", compiled).GetProperty("inputs").GetProperty("x").GetString());
    }

    [Fact]
    public void A_compiled_model_with_fixed_sizes_refuses_others()
    {
        string model = Save(SqueezeIfOne()), compiled = Folder.File("compiled.onnx"), x = Folder.File("x.pb");
        Ok("compile", model, "--input-shapes", "x:1x4x2", "-o", compiled);
        TestDataWriter.WriteValue(x, new NamedValue("x", TensorData.Floats(new float[12], 1, 4, 3)));
        Assert.Contains("the input is f32[1,4,2]", Refused("GP3022", "run", compiled, "--input", $"x={x}").Errors, StringComparison.Ordinal);
        Assert.Contains("cannot be 3", Refused("GP3020", "run", compiled, "--input-shapes", "x:1x4x3").Errors, StringComparison.Ordinal);
    }

    [Fact]
    public void Minimum_and_maximum_fix_the_sizes_in_which_they_agree()
    {
        string model = Save(SqueezeIfOne());
        string[] shapes = ["--min-shapes", "x:1x4x2", "--opt-shapes", "x:2x4x2", "--max-shapes", "x:4x4x2"];
        Assert.Empty(Json(["plan", model, .. shapes]).GetProperty("fallback").EnumerateArray());
        shapes[1] = "x:1x4x1";
        Assert.NotEmpty(Json(["plan", model, .. shapes]).GetProperty("fallback").EnumerateArray());
    }

    [Theory]
    [InlineData("GP3020", "the nearest name is x", "--input-shapes", "xx:1x4x2")]
    [InlineData("GP3020", "x:axb", "--input-shapes", "x:axb")]
    [InlineData("GP3020", "given twice", "--input-shapes", "x:1x4x2", "--input-shapes", "x:1x4x2")]
    [InlineData("GP3020", "2 dimensions are given", "--input-shapes", "x:1x4")]
    [InlineData("GP3020", "dimension 1 is 4", "--input-shapes", "x:1x5x2")]
    [InlineData("GP4010", "no such input", "--opt-shapes", "nope:2x2")]
    [InlineData("GP4010", "x:axb", "--opt-shapes", "x:axb")]
    [InlineData("GP4010", "2 dimensions are given", "--opt-shapes", "x:1x4")]
    [InlineData("GP4010", "does not hold", "--min-shapes", "x:8x4x2", "--max-shapes", "x:1x4x2")]
    public void A_wrong_shape_is_an_error_in_every_command(string code, string message, params string[] options)
    {
        string model = Save(SqueezeIfOne());
        foreach (string command in new[] { "plan", "run", "matrix", "why" })
            Assert.Contains(message, Refused(code, [command, model, .. options]).Errors, StringComparison.Ordinal);
        Assert.Equal(2, GpcProcess.Run(["compile", model, "-o", Folder.File("c.onnx"), .. options]).ExitCode);
        Assert.False(File.Exists(Folder.File("c.onnx")));
    }

    [Theory]
    [InlineData(null)]
    [InlineData(18)]
    public void Export_writes_the_simplified_model(int? opset)
    {
        string model = Save(SqueezeIfOne()), simple = Folder.File("simple.onnx");
        string[] at = opset is { } n ? ["--opset", $"{n}"] : [];
        Ok(["export", model, "-o", simple, "--passes", "standard", "--input-shapes", "x:1x4x2", .. at]);
        Model written = ModelFile.Read(simple, OperatorTable.Default), source = ModelFile.Read(model, OperatorTable.Default);
        Assert.Equal(["Relu", "Neg"], written.Graph.Nodes.Select(node => node.Op.ToString()));
        Assert.Equal(opset ?? source.SourceOpset, written.SourceOpset);
        Dictionary<string, DataValue> inputs = TestRun.Inputs(written.Graph);
        Assert.Null(TestRun.Difference(
            TestRun.RunPlain(File.ReadAllBytes(model), inputs), TestRun.RunPlain(File.ReadAllBytes(simple), inputs)));
    }

    [Fact]
    public void Weights_stay_beside_the_model_where_the_source_has_them()
    {
        var builder = new GraphBuilder(OperatorTable.Default);
        Value x = builder.Input("x", IrType.Tensor(ElementType.Float32, new Shape("n", 64)));
        Value weight = builder.Constant("w", TensorData.Floats([.. Enumerable.Range(0, 64 * 64).Select(i => (float)Math.Sin(i))], 64, 64));
        Value twice = builder.Op("Identity", "again", [builder.Op("MatMul", "product", [x, weight])]);
        var model = new Model(builder.Build(builder.Op("Relu", "y", [twice]))) { Opsets = OpsetVersions.Standard(18), FormatVersion = 8 };
        string source = Folder.File("source.onnx"), simple = Folder.File("simple.onnx");
        OnnxWriter.Write(model, source, new OnnxWriteOptions { Weights = WeightPlace.Beside });
        Ok("export", source, "-o", simple, "--passes", "standard");
        Assert.True(File.Exists(simple + ".data"));
        Assert.True(new FileInfo(simple).Length < 64 * 64);
        Ok("run", simple);
        Refused("GP3021", "export", source, "-o", source + ".data");
    }

    /// <summary>What exporters write for squeeze(dim): the rank of the result depends on a size.</summary>
    private static Model SqueezeIfOne()
    {
        var builder = new GraphBuilder(OperatorTable.Default);
        Value x = builder.Input("x", IrType.Tensor(ElementType.Float32, new Shape("batch", 4, "width")));
        Value relu = builder.Op("Relu", "relu", [x]), two = builder.Constant("two", TensorData.Int64s(2));
        Value size = builder.Op("Gather", "size", [builder.Op("Shape", "shape", [relu]), two]);
        Value isOne = builder.Op("Equal", "isOne", [size, builder.Constant("one", TensorData.Int64s(1))]);
        GraphBuilder then = new(OperatorTable.Default, builder.Scope), otherwise = new(OperatorTable.Default, builder.Scope);
        Value squeezed = builder.Op("If", "squeezed", [isOne], AttributeMap.Of(
            ("then_branch", then.Build(then.Op("Squeeze", "q", [relu, two]))),
            ("else_branch", otherwise.Build(otherwise.Op("Identity", "same", [relu])))));
        return new Model(builder.Build(builder.Op("Neg", "y", [squeezed]))) { Opsets = OpsetVersions.Standard(17), FormatVersion = 8 };
    }
}
