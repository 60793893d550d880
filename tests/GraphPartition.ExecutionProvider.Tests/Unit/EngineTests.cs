using GraphPartition.ExecutionProvider.Tests.Support;
using GraphPartition.Ir.Graphs;
using GraphPartition.Ir.Types;
using GraphPartition.Onnx.Reading;
using Microsoft.ML.OnnxRuntime;
using static GraphPartition.ExecutionProvider.Tests.Support.Chain;

namespace GraphPartition.ExecutionProvider.Tests.Unit;

/// <summary>Groups as TensorRT engines, on the mock libraries, which compute element by element and do not know Softmax.</summary>
[Collection("host")]
public sealed class EngineTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly Mock? _mock = MockCompiler.WhyNot is null ? Mock.Open("trt10_16") : null;

    public void Dispose() => _folder.Dispose();

    [PluginFact]
    public void Engines_compute_the_numbers_and_the_plan_is_corrected()
    {
        string model = Model(Shape.Of(2, 3));
        DataValue[] expected = Host.RunPlain(model, Rows(2));
        Host.TakeLines();
        DataValue[] actual = Run(model, Rows(2));
        string[] lines = Host.TakeLines();
        Assert.Null(TestRun.Difference(expected, actual));
        Assert.Contains(lines, l => l.Contains("2 groups with 2 engines, the minimum is 2", StringComparison.Ordinal));
        Assert.Contains(lines, l => l.Contains("GP4017", StringComparison.Ordinal)); // the table takes Softmax, this parser does not
        Assert.Equal(2, _mock!.Value("calls:enqueueV3"));
        _mock.AssertClean();
    }

    [PluginFact]
    public void A_second_session_takes_the_engines_from_the_cache()
    {
        string model = Model(Shape.Of(2, 3));
        Run(model, Rows(2));
        long? built = _mock!.Value("calls:buildSerializedNetwork");
        Assert.True(built >= 2, $"{built} builds");
        Assert.Null(TestRun.Difference(Host.RunPlain(model, Rows(2)), Run(model, Rows(2))));
        Assert.Equal(built, _mock.Value("calls:buildSerializedNetwork"));
    }

    [PluginFact]
    public void Shapes_outside_of_the_engine_run_on_ONNX_Runtime()
    {
        string model = Model(new Shape("n", 3));
        using SessionOptions options = Host.Options([.. Settings, ("min_shapes", "x:1x3"), ("opt_shapes", "x:2x3"), ("max_shapes", "x:4x3")]);
        using var session = new InferenceSession(model, options);
        foreach ((int rows, int runs) in (ReadOnlySpan<(int, int)>)[(2, 2), (4, 4), (6, 4), (1, 6)])
        {
            Assert.Null(TestRun.Difference(Host.RunPlain(model, Rows(rows)), Host.Run(session, Rows(rows))));
            Assert.Equal(runs, _mock!.Value("calls:enqueueV3"));
        }
    }

    [PluginTheory]
    [InlineData("0")]
    [InlineData("1")]
    public void An_EPContext_model_brings_its_engines(string embed)
    {
        string model = Model(Shape.Of(2, 3)), written = _folder.File("chain_ctx.onnx");
        DataValue[] expected = Host.RunPlain(model, Rows(2));
        using (SessionOptions options = Host.Options(Settings))
        {
            options.AddSessionConfigEntry("ep.context_enable", "1");
            options.AddSessionConfigEntry("ep.context_file_path", written);
            options.AddSessionConfigEntry("ep.context_embed_mode", embed);
            new InferenceSession(model, options).Dispose();
        }
        Node context = OnnxReader.Read(File.ReadAllBytes(written)).Graph.Nodes.First(n => n.Op.Type == "EPContext");
        Assert.StartsWith("TensorRT 10.16", context.Attributes.Text("ep_sdk_version"), StringComparison.Ordinal);
        Assert.NotEmpty(context.Attributes.Text("hardware_architecture"));

        long? built = _mock!.Value("calls:buildSerializedNetwork"), parsed = _mock.Value("calls:createNvOnnxParser"), runs = _mock.Value("calls:enqueueV3");
        Assert.Null(TestRun.Difference(expected, Run(written, Rows(2))));
        Assert.Equal((built, parsed), (_mock.Value("calls:buildSerializedNetwork"), _mock.Value("calls:createNvOnnxParser"))); // no builder, no parser
        Assert.Equal((runs ?? 0) + 2, _mock.Value("calls:enqueueV3"));

        string fresh = HostProgram.Run(written, new Dictionary<string, string>
        {
            ["GP_EP_REFERENCE"] = model,
            ["LD_LIBRARY_PATH"] = MockCompiler.Cuda(),
        }, "tensorrt", _mock.Folder, "on_mismatch", "error");
        Assert.EndsWith("equal\n", fresh, StringComparison.Ordinal);

        // Without TensorRT, or with another release, the nodes in the container run; or the user wants an error.
        Host.TakeLines();
        Assert.Null(TestRun.Difference(expected, Host.Run(written, Rows(2))));
        Assert.Contains(Host.TakeLines(), l => l.Contains("GP5108", StringComparison.Ordinal));
        var other = Mock.Open("trt10_0_1");
        Assert.Null(TestRun.Difference(expected, Host.Run(written, Rows(2), true, [("tensorrt", other.Folder), ("cache", _folder.File("other"))])));
        Assert.Contains(Host.TakeLines(), l => l.Contains("it is for TensorRT 10.16", StringComparison.Ordinal));
        using SessionOptions strict = Host.Options(("tensorrt", other.Folder), ("on_mismatch", "error"));
        string message = Assert.Throws<OnnxRuntimeException>(() => new InferenceSession(written, strict)).Message;
        Assert.Contains("GP5106", message, StringComparison.Ordinal);
        Assert.Contains("it is for TensorRT 10.16", message, StringComparison.Ordinal);
    }

    [PluginFact]
    public void A_build_that_fails_costs_its_group_the_engine_only()
    {
        string model = Model(Shape.Of(2, 3));
        _mock!.Fail("buildSerializedNetwork", 100);
        Host.TakeLines();
        Assert.Null(TestRun.Difference(Host.RunPlain(model, Rows(2)), Run(model, Rows(2))));
        Assert.Contains(Host.TakeLines(), l => l.Contains("GP40", StringComparison.Ordinal));
        _mock.Fail("buildSerializedNetwork", 0);
    }

    [PluginFact]
    public void A_worker_builds_and_its_crash_costs_the_group_its_engine_only()
    {
        string model = Model(Shape.Of(2, 3));
        DataValue[] expected = Host.RunPlain(model, Rows(2));
        long? before = _mock!.Value("calls:buildSerializedNetwork");
        foreach (string failing in (string[])["", "crash:Relu_1=1"])
        {
            string worker = _folder.File($"gpc{failing.Length}");
            File.WriteAllText(worker, $"""
                #!/bin/sh
                LD_LIBRARY_PATH={MockCompiler.Cuda()} GP_MOCK_FAIL={failing} exec dotnet {Path.Combine(AppContext.BaseDirectory, "gpc.dll")} "$@"

                """);
            if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(worker, UnixFileMode.UserRead | UnixFileMode.UserExecute);
            Host.TakeLines();
            Assert.Null(TestRun.Difference(expected, Host.Run(model, Rows(2), true,
                [("tensorrt", _mock.Folder), ("cache", _folder.File($"cache{failing.Length}")), ("worker", worker)])));
            string[] lines = Host.TakeLines();
            Assert.Contains(lines, l => l.Contains("2 groups with 2 engines", StringComparison.Ordinal)); // the other nodes keep theirs
            bool isNamed = lines.Any(l => l.Contains("Relu_1", StringComparison.Ordinal) && l.Contains("GP40", StringComparison.Ordinal));
            Assert.Equal(failing.Length > 0, isNamed);
        }
        Assert.Equal(before, _mock.Value("calls:buildSerializedNetwork")); // nothing was built in this process
    }

    [PluginTheory]
    [InlineData("enqueueV3")]
    [InlineData("setInputShape")]
    [InlineData("setTensorAddress")]
    public void A_run_that_fails_ends_in_a_status(string function)
    {
        string model = Model(new Shape("n", 3));
        using SessionOptions options = Host.Options([.. Settings, ("opt_shapes", "x:2x3")]);
        using var session = new InferenceSession(model, options);
        _mock!.Fail(function);
        string message = Assert.Throws<OnnxRuntimeException>(() => Host.Run(session, Rows(2))).Message;
        Assert.Contains("GP4", message, StringComparison.Ordinal);
        Assert.Contains("remedy:", message, StringComparison.Ordinal);
        Assert.Null(TestRun.Difference(Host.RunPlain(model, Rows(2)), Host.Run(session, Rows(2)))); // the next run is well
    }

    [PluginTheory]
    [InlineData("tensorrt", "/nowhere", "GP5102")]
    [InlineData("precision", "fp8", "GP5102")]
    [InlineData("min_shapes", "x:1x3", "GP5102")]
    [InlineData("opt_shapes", "x", "GP4010")]
    public void Wrong_options_are_reported(string key, string value, string code)
    {
        using SessionOptions options = Host.Options((key, value));
        string message = Assert.Throws<OnnxRuntimeException>(() => new InferenceSession(Model(Shape.Of(2, 3)), options)).Message;
        Assert.Contains(code, message, StringComparison.Ordinal);
    }

    [PluginFact]
    public void A_folder_without_TensorRT_is_an_error()
    {
        using SessionOptions options = Host.Options(("tensorrt", _folder.Path));
        string message = Assert.Throws<OnnxRuntimeException>(() => new InferenceSession(Model(Shape.Of(2, 3)), options)).Message;
        Assert.Contains("GP40", message, StringComparison.Ordinal);
        Assert.Contains("remedy:", message, StringComparison.Ordinal);
    }

    private (string, string)[] Settings => [("tensorrt", _mock!.Folder), ("cache", _folder.File("cache"))];

    private DataValue[] Run(string model, Dictionary<string, DataValue> inputs) => Host.Run(model, inputs, true, Settings);

    private string Model(Shape shape) => Chain.Write(_folder.File("chain.onnx"), shape, "Add", "Relu", "Softmax", "Mul");
}
