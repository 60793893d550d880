using System.Runtime.InteropServices;
using GraphPartition.Cuda;
using GraphPartition.ExecutionProvider.Devices;
using GraphPartition.ExecutionProvider.Tests.Support;
using GraphPartition.Ir.Types;
using GraphPartition.Onnx.Reading;
using GraphPartition.Onnx.Writing;
using Microsoft.ML.OnnxRuntime;

namespace GraphPartition.ExecutionProvider.Tests.Unit;

/// <summary>Sessions whose tensors lie on a GPU: the mock driver's, whose memory is the host's but may be reached by copies only.</summary>
[Collection("host")]
public sealed class DeviceTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly Mock? _mock = MockCompiler.WhyNot is null ? Mock.Open("trt10_16") : null;

    public void Dispose() => _folder.Dispose();

    [PluginFact]
    public void The_library_offers_a_GPU_that_ONNX_Runtime_does_not_list()
    {
        OrtEpDevice device = Assert.Single(Host.Devices, d => d.HardwareDevice.Type == OrtHardwareDeviceType.GPU);
        Assert.Equal(Gpu.Vendor, device.HardwareDevice.VendorId);
    }

    [PluginFact]
    public void Engines_take_tensors_of_the_device_and_the_processor_gets_copies()
    {
        string model = Model("Add", "Relu", "Softmax", "Mul", "Softmax", "Add");
        Dictionary<string, DataValue> inputs = Chain.Rows(2);
        DataValue[] expected = Host.RunPlain(model, inputs);
        using SessionOptions options = Host.Options(OrtHardwareDeviceType.GPU, Settings);
        using (var session = new InferenceSession(model, options))
            for (int run = 0; run < 3; run++) Assert.Null(TestRun.Difference(expected, Host.Run(session, inputs)));
        _mock!.AssertClean();
    }

    [PluginFact]
    public void Neighbouring_engines_pass_tensors_without_the_host()
    {
        string model = Model("Add", "Relu", "Mul", "Relu");
        Dictionary<string, DataValue> inputs = Chain.Rows(2);
        DataValue[] expected = Host.RunPlain(model, inputs);
        using SessionOptions options = Host.Options(OrtHardwareDeviceType.GPU, [.. Settings, ("max_nodes", "1")]);
        using var session = new InferenceSession(model, options);
        Host.Run(session, inputs);
        long before = _mock!.Value("calls:enqueueV3") ?? 0, copies = Copies();
        Assert.Null(TestRun.Difference(expected, Host.Run(session, inputs)));
        Assert.Equal(4, _mock.Value("calls:enqueueV3") - before);
        Assert.Equal(2, Copies() - copies); // the input and the result
    }

    [PluginFact]
    public void One_session_on_the_device_serves_ten_threads()
    {
        string model = Model("Add", "Relu", "Softmax", "Mul");
        Dictionary<string, DataValue> inputs = Chain.Rows(2);
        DataValue[] expected = Host.RunPlain(model, inputs);
        using SessionOptions options = Host.Options(OrtHardwareDeviceType.GPU, [.. Settings, ("max_nodes", "1")]);
        using var session = new InferenceSession(model, options);
        var faults = new string?[10];
        Parallel.For(0, faults.Length, new ParallelOptions { MaxDegreeOfParallelism = faults.Length }, i =>
        {
            for (int run = 0; run < 5; run++) faults[i] ??= TestRun.Difference(expected, Host.Run(session, inputs));
        });
        Assert.All(faults, Assert.Null);
    }

    /// <summary>This ONNX Runtime has no CUDA provider, so a group without an engine cannot run: the session works only because none is claimed.</summary>
    [PluginFact]
    public void Groups_that_cannot_be_recorded_stay_with_the_next_provider()
    {
        string model = _folder.File("model.onnx");
        File.WriteAllBytes(model, OnnxWriter.ToBytes(GraphParser.ParseModel("""
            model {
             opset 17
            }
            graph g(x: f32[2, 3]) -> (y) {
             r: f32[2, 3] = Relu(x)
             y: i64[2, n] = NonZero(r)
            }
            """)));
        Dictionary<string, DataValue> inputs = Chain.Rows(2);
        DataValue[] expected = Host.RunPlain(model, inputs);
        (string, string)[] all = [("support", "all")];
        using SessionOptions keep = Host.Options(OrtHardwareDeviceType.GPU, all);
        Assert.Throws<OnnxRuntimeException>(() => new InferenceSession(model, keep));
        using SessionOptions only = Host.Options(OrtHardwareDeviceType.GPU, [.. all, ("cuda_graphs", "only")]);
        using var session = new InferenceSession(model, only);
        Assert.Null(TestRun.Difference(expected, Host.Run(session, inputs)));
    }

    [PluginTheory]
    [InlineData("provider", "cpu")]
    [InlineData("device", "1")]
    public void Options_that_contradict_the_device_are_errors(string key, string value)
    {
        using SessionOptions options = Host.Options(OrtHardwareDeviceType.GPU, (key, value));
        string message = Assert.Throws<OnnxRuntimeException>(() => new InferenceSession(Model("Add"), options)).Message;
        Assert.Contains("GP5102", message, StringComparison.Ordinal);
    }

    [MockFact]
    public void A_piece_stays_with_its_stream_and_unused_memory_is_freed_before_the_device_is_full()
    {
        CudaDevice device = CudaDriver.Find(Path.Combine(MockCompiler.Cuda(), "libcuda.so.1")).Driver!.Devices[0];
        int allocated = 0;
        using var pool = new DevicePool(bytes =>
        {
            allocated++;
            return CudaMemory.Allocate(device, bytes);
        });
        nint first = pool.Rent(1000, stream: 1);
        pool.Return(first);
        Assert.NotEqual(first, pool.Rent(1000, stream: 2));
        Assert.Equal(first, pool.Rent(1001, stream: 1)); // of the same size
        Assert.Equal(2, allocated);
        pool.Return(first);
        nint large = pool.Rent(1 << 26, stream: 1); // all that the device has
        Assert.NotEqual(0, large);
        Assert.Throws<CudaException>(() => pool.Rent(1L << 30, stream: 1));
    }

    [MockFact]
    public void A_piece_is_at_most_a_quarter_larger_than_asked_for() =>
        Assert.All([1, 255, 256, 257, 1000, 1024, 1025, 5000, 1 << 20, (1 << 20) + 1, (1L << 33) + 12345], bytes =>
            Assert.InRange(DevicePool.SizeOf(bytes), bytes, Math.Max(bytes + 256, bytes * 5 / 4)));

    private static unsafe long Copies() => ((delegate* unmanaged<long>)NativeLibrary.GetExport(
        NativeLibrary.Load(Path.Combine(MockCompiler.Cuda(), "libcuda.so.1")), "mock_crossings"))();

    private (string, string)[] Settings => [("tensorrt", _mock!.Folder), ("cache", _folder.File("cache"))];

    private string Model(params string[] ops) => Chain.Write(_folder.File("chain.onnx"), Shape.Of(2, 3), ops);
}
