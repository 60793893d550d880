using GraphPartition.Compiler.Import;
using GraphPartition.ExecutionProvider.Abi;
using GraphPartition.ExecutionProvider.Options;
using GraphPartition.ExecutionProvider.Tests.Support;
using GraphPartition.Foundation;
using GraphPartition.Ir.Graphs;
using GraphPartition.Ir.Tensors;
using GraphPartition.Onnx.Reading;
using GraphPartition.Operators;
using Microsoft.ML.OnnxRuntime;

namespace GraphPartition.ExecutionProvider.Tests.Unit;

[Collection("host")]
public sealed class RegistrationTests
{
    private static readonly string Mixed = Checkout.PathOf("testmodels", "mixed.onnx");

    [PluginFact]
    public void The_library_offers_the_processor()
    {
        OrtEpDevice device = Assert.Single(Host.Devices, d => d.HardwareDevice.Type == OrtHardwareDeviceType.CPU);
        Assert.Equal("GraphPartition", device.EpVendor);
    }

    [PluginTheory]
    [InlineData("min_node", "3", "GP5102", "min_nodes")]
    [InlineData("min_nodes", "three", "GP5102", "'three'")]
    [InlineData("min_nodes", "-1", "GP5102", "'-1'")]
    [InlineData("threads", "many", "GP5102", "'many'")]
    [InlineData("target", "9.9", "GP5102", "TensorRT 10.16")]
    [InlineData("groups", "fewest", "GP5102", "minimum, connected")]
    [InlineData("provider", "dml", "GP5102", "cpu, cuda")]
    [InlineData("min_profit", "much", "GP5102", "'much'")]
    [InlineData("support", "random:x:2", "GP3001", "random")]
    [InlineData("exclude", "op:", "GP3008", "op:")]
    [InlineData("device_profile", "/nowhere.json", "GP1001", "/nowhere.json")]
    public void A_wrong_option_ends_in_a_clear_message(string key, string value, string code, string part)
    {
        using SessionOptions options = Host.Options((key, value));
        OnnxRuntimeException e = Assert.Throws<OnnxRuntimeException>(() => new InferenceSession(Mixed, options));
        Assert.Contains(code, e.Message, StringComparison.Ordinal);
        Assert.Contains(part, e.Message, StringComparison.Ordinal);
        Assert.Contains("remedy:", e.Message, StringComparison.Ordinal);
    }

    [PluginFact]
    public void All_wrong_options_are_reported_together()
    {
        using SessionOptions options = Host.Options(("min_node", "3"), ("groups", "few"), ("cuda_graphs", "on"));
        string message = Assert.Throws<OnnxRuntimeException>(() => new InferenceSession(Mixed, options)).Message;
        Assert.Contains("min_node", message, StringComparison.Ordinal);
        Assert.Contains("'few'", message, StringComparison.Ordinal);
        Assert.Contains("append the provider for a GPU", message, StringComparison.Ordinal); // here it is for the processor
    }

    /// <summary>ONNX Runtime's own fault inside a group, and a fault of ours, which no input can cause.</summary>
    [PluginFact]
    public void Each_fault_crosses_the_border_with_a_code()
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("gather.onnx");
        Graph graph = GraphParser.ParseGraph("graph g(x: f32[4], i: i64[2]) -> (y) {\n  y = Gather(x, i)\n}", OperatorTable.Default);
        ModelFile.Write(new Model(graph) { Opsets = OpsetVersions.Standard(18) }, path);
        var inputs = new Dictionary<string, DataValue>
        {
            ["x"] = new TensorValue(TensorData.Floats([1, 2, 3, 4], 4)),
            ["i"] = new TensorValue(TensorData.Of<long>(ElementType.Int64, [1, 9], [2])),
        };
        string message = Assert.Throws<OnnxRuntimeException>(() => Host.Run(path, inputs)).Message;
        Assert.Contains("GP5105", message, StringComparison.Ordinal);
        Assert.Contains("GP5107", Boundary.MessageOf(new InvalidCastException("it is a string")), StringComparison.Ordinal);
    }

    [Fact]
    public void The_page_describes_every_option()
    {
        string page = File.ReadAllText(Checkout.PathOf("docs", "execution-provider.md"));
        Assert.All(OptionReader.All, o => Assert.Contains($"| `{o.Name}` | {o.Form} |", page, StringComparison.Ordinal));
    }
}
