using System.Collections.Immutable;
using GraphPartition.Foundation;
using GraphPartition.Ir.Graphs;
using GraphPartition.Ir.Tensors;
using GraphPartition.Ir.Types;
using GraphPartition.Onnx.Writing;
using GraphPartition.Runtime.Devices;
using GraphPartition.Runtime.Options;
using GraphPartition.Runtime.Ort;
using Microsoft.ML.OnnxRuntime;

namespace GraphPartition.Runtime.Tests.Unit;

/// <summary>The phrases by which messages of ONNX Runtime are recognized, against the real library as far as a CPU can provoke
/// them.</summary>
public sealed class OrtMessagesTests
{
    [Theory]
    [InlineData("", "Frobnicate")] // an operator that no schema has
    [InlineData("acme", "Frobnicate")] // of a domain that nobody has registered
    [InlineData("", "Sinh")] // a schema, but no kernel for doubles
    public void An_unknown_operator_is_reported_with_the_nodes_that_use_it(string domain, string type)
    {
        ElementType element = type == "Sinh" ? ElementType.Float64 : ElementType.Float32;
        Graph graph = One(new OpName(domain, type), IrType.Tensor(element, Shape.Of(2)));
        ImmutableSortedDictionary<string, int> opsets = OpsetVersions.Standard(18);
        OnnxRuntimeException e = Assert.Throws<OnnxRuntimeException>(
            () => Open(graph, domain.Length > 0 ? opsets.Add(domain, 1) : opsets).Dispose());
        var fault = Assert.IsType<ModelException>(OrtMessages.Explain(graph, e));
        Assert.Equal("GP5003", Assert.Single(fault.Diagnostics).Code.Id);
        Assert.EndsWith("'the_node'", fault.Diagnostics[0].Where, StringComparison.Ordinal);
    }

    [Fact]
    public void A_result_that_does_not_fit_its_buffer_is_recognized()
    {
        var builder = new GraphBuilder(DeclaredTypes.Instance);
        Value x = builder.Input("x", IrType.Tensor(ElementType.Float32, null));
        Graph graph = builder.Build(builder.Add("NonZero", [x], [new("y", IrType.Tensor(ElementType.Int64, null))]).Outputs[0]!);
        using InferenceSession session = Open(graph, OpsetVersions.Standard(18));
        using OrtIoBinding binding = session.CreateIoBinding();
        using OrtValue input = OrtValues.ToOrt(TensorData.Floats([1, 0, 2], 3));
        using OrtValue output = OrtValues.ToOrt(TensorData.Of<long>(ElementType.Int64, new long[3], 1, 3));
        binding.BindInput("x", input);
        binding.BindOutput("y", output);
        using var options = new RunOptions();
        OnnxRuntimeException e = Assert.Throws<OnnxRuntimeException>(() => session.RunWithBinding(options, binding));
        Assert.True(OrtMessages.IsWrongShape(e), e.Message);
        Assert.IsNotType<OutOfDeviceMemoryException>(OrtMessages.Fault("test", e));
    }

    [Fact]
    public void Lack_of_memory_is_recognized()
    {
        var builder = new GraphBuilder(DeclaredTypes.Instance);
        Value dims = builder.Input("dims", IrType.Tensor(ElementType.Int64, Shape.Of(1)));
        Graph graph =
            builder.Build(builder.Add("ConstantOfShape", [dims], [new("y", IrType.Tensor(ElementType.Float32, null))]).Outputs[0]!);
        using InferenceSession session = Open(graph, OpsetVersions.Standard(18));
        using OrtValue input = OrtValues.ToOrt(TensorData.Of<long>(ElementType.Int64, [1L << 50], 1));
        using var options = new RunOptions();
        OnnxRuntimeException e = Assert.Throws<OnnxRuntimeException>(() => session.Run(options, ["dims"], [input], ["y"]).Dispose());
        Assert.IsType<OutOfDeviceMemoryException>(OrtMessages.Fault("test", e));
    }

    [Fact]
    public void A_missing_library_is_named_with_its_source()
    {
        string message = OrtMessages.ExplainMissingLibrary(
            "[ErrorCode:Fail] /onnxruntime_src/onnxruntime/core/session/provider_bridge_ort.cc:1988 FAIL : Failed to load library "
            + "/app/libonnxruntime_providers_cuda.so with error: libcublasLt.so.13: cannot open shared object file: No such file or directory", "Install CUDA.");
        Assert.Equal("the loader does not find libcublasLt.so.13. Install CUDA.", message);
    }

    [Fact]
    public void Other_messages_stay() => Assert.Equal(
        "CUDA failure 100: no device", OrtMessages.ExplainMissingLibrary("CUDA failure 100: no device", ""));

    private static Graph One(OpName op, IrType type)
    {
        var builder = new GraphBuilder(DeclaredTypes.Instance);
        Value x = builder.Input("x", type);
        return builder.Build(builder.Add(op, [x], [new("y", type)], name: "the_node").Outputs[0]!);
    }

    private static InferenceSession Open(Graph graph, ImmutableSortedDictionary<string, int> opsets) =>
        new OrtSessionFactory(new ModelSessionOptions()).Open(
            OnnxWriter.ToBytes(new Model(graph) { Opsets = opsets, FormatVersion = 8 }), directory: null, isOnlyOne: true);
}
