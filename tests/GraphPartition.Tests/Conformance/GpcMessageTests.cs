using GraphPartition.Foundation;
using GraphPartition.Ir.Graphs;
using GraphPartition.Ir.Tensors;
using GraphPartition.Ir.Types;
using GraphPartition.Onnx.Writing;
using GraphPartition.Operators;
using GraphPartition.Tests.Support;
using Xunit;

namespace GraphPartition.Tests.Conformance;

/// <summary>Messages: one for each cause, with a remedy that fits.</summary>
public sealed class GpcMessageTests : GpcTest
{
    [Fact]
    public void Many_diagnostics_of_one_kind_are_counted_and_their_remedy_is_printed_once()
    {
        string support = Folder.File("support.txt");
        File.WriteAllLines(support, Enumerable.Range(0, 40).Select(i => $"node nobody{i}").Append("op Conv"));
        string[] lines = Ok("plan", Mixed, "--support", support).Errors.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(6, lines.Length);
        Assert.Contains("36 more of this kind", lines[^2], StringComparison.Ordinal);
        Assert.Single(lines, l => l.Contains("remedy:", StringComparison.Ordinal));
    }

    [Fact]
    public void A_missing_file_of_weights_is_the_only_message()
    {
        var builder = new GraphBuilder(OperatorTable.Default);
        Value x = builder.Input("x", IrType.Tensor(ElementType.Float32, Shape.Of(1, 64)));
        Value weight = builder.Constant("w", TensorData.Floats(new float[64 * 64], 64, 64));
        var model = new Model(builder.Build(builder.Op("MatMul", "y", [x, weight]))) { Opsets = OpsetVersions.Standard(18), FormatVersion = 8 };
        string path = Folder.File("model.onnx");
        OnnxWriter.Write(model, path, new OnnxWriteOptions { Weights = WeightPlace.Beside });
        File.Delete(path + ".data");
        string errors = Refused("model.onnx.data", "plan", path).Errors;
        Assert.Single(errors.Split('\n'), line => line.StartsWith("gpc:", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("run")]
    [InlineData("run", "--keep-groups")]
    [InlineData("run", "--keep-groups", "--support", "random:3:0.5")]
    public void A_model_that_is_too_large_for_the_machine_ends_with_a_message_about_its_memory(params string[] options)
    {
        var builder = new GraphBuilder(OperatorTable.Default);
        Value x = builder.Input("x", IrType.Tensor(ElementType.Float32, Shape.Of(1)));
        Value huge = builder.Op("Expand", "huge", [x, builder.Constant("shape", TensorData.Int64s(1 << 22, 1 << 22))]); // 64 TiB
        Value relu = builder.Op("Relu", "relu", [huge]), neg = builder.Op("Neg", "neg", [relu]);
        Value sum = builder.Op("ReduceSum", "sum", [neg, builder.Constant("axes", TensorData.Int64s(0, 1))]);
        string model = Save(new Model(builder.Build(sum)) { Opsets = OpsetVersions.Standard(18), FormatVersion = 8 });
        GpcProcess.Outcome outcome = GpcProcess.Run([options[0], model, .. options[1..]]);
        Assert.Equal(3, outcome.ExitCode);
        Assert.Contains("GP5031", outcome.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain("device", outcome.Errors, StringComparison.Ordinal);
    }
}
