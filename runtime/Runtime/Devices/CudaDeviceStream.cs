using System.Globalization;
using GraphPartition.CompiledModels;
using GraphPartition.Cuda;
using GraphPartition.Foundation;
using GraphPartition.Ir.Graphs;
using Microsoft.ML.OnnxRuntime;

namespace GraphPartition.Runtime.Devices;

/// <summary>A CUDA stream that all steps of a context share: ONNX Runtime's CUDA provider, copies and TensorRT.</summary>
internal sealed class CudaDeviceStream : CudaBackedStream
{
    private readonly ModelSessionOptions _options;

    private CudaDeviceStream(CudaStream stream, ModelSessionOptions options) : base(stream, "boundary tensors", options.CudaGraphs) => _options = options;

    /// <summary>Opens a stream on the device that the options name.</summary>
    /// <exception cref="EnvironmentException">There is no such device, no driver, or ONNX Runtime lacks its CUDA provider (GP5007).</exception>
    public static CudaDeviceStream Open(ModelSessionOptions options)
    {
        if (!OrtEnv.Instance().GetAvailableProviders().Contains("CUDAExecutionProvider"))
            throw new EnvironmentException(Codes.NoDevice, "CUDA",
                "this ONNX Runtime has no CUDA provider; the build brings one with -p:OnnxRuntimeGpu=true");
        CudaSearch search = CudaDriver.Find();
        if (search.Driver is not { } driver) throw new EnvironmentException(Codes.NoDevice, "CUDA", search.Problem!.Message);
        if (options.DeviceId < 0 || options.DeviceId >= driver.Devices.Count)
            throw new EnvironmentException(Codes.NoDevice, $"CUDA device {options.DeviceId}", $"the driver sees {driver.Devices.Count} devices, from 0");
        return new(CudaStream.Create(driver.Devices[options.DeviceId]), options);
    }

    public override void Configure(SessionOptions options, Graph graph)
    {
        bool nhwc = _options.Nhwc && CudaConvolutions.CanHaveChannelsLast(graph);
        var cuda = new Dictionary<string, string>
        {
            ["device_id"] = Stream.Device.Ordinal.ToString(CultureInfo.InvariantCulture),
            ["has_user_compute_stream"] = "1",
            ["user_compute_stream"] = Stream.Pointer.ToString(CultureInfo.InvariantCulture),
            ["do_copy_in_default_stream"] = "1",
            ["cudnn_conv_algo_search"] = "EXHAUSTIVE",
            ["cudnn_conv_use_max_workspace"] = "1",
            ["arena_extend_strategy"] = "kSameAsRequested",
            ["use_tf32"] = _options.Tf32 ? "1" : "0",
            ["prefer_nhwc"] = nhwc ? "1" : "0",
            // With channels first ONNX Runtime (1.29) adds the memory of an earlier output too, from the second run of a shape on.
            ["fuse_conv_bias"] = nhwc && CudaConvolutions.CanHaveBiasInside(graph) ? "1" : "0",
        };
        if (_options.DeviceMemoryLimit > 0) cuda["gpu_mem_limit"] = _options.DeviceMemoryLimit.ToString(CultureInfo.InvariantCulture);
        try
        {
            using var provider = new OrtCUDAProviderOptions();
            provider.UpdateOptions(cuda);
            options.AppendExecutionProvider_CUDA(provider);
        }
        catch (OnnxRuntimeException e)
        {
            throw new EnvironmentException(Codes.NoDevice, "CUDA", MissingLibrary.Explain(e.Message), e);
        }
    }

    public override InferenceSession? TryCreateSession(GraphSegment segment, Func<Action<SessionOptions, Graph>, InferenceSession> create)
    {
        try
        {
            return create((options, graph) =>
            {
                Configure(options, graph);
                options.AddSessionConfigEntry("session.disable_cpu_ep_fallback", "1");
            });
        }
        catch (EnvironmentException e) when (e.Message.Contains("fallback to CPU EP has been explicitly disabled", StringComparison.Ordinal))
        {
            return null;
        }
    }

    /// <summary>
    /// The arena of pinned memory. A session that ends gives tables back to it by a call on the stream; if that call held the last
    /// reference it would free pinned memory, which CUDA forbids there, and ONNX Runtime (1.29) would end the process.
    /// </summary>
    public override IDisposable? Hold(InferenceSession session)
    {
        using var pinned = new OrtMemoryInfo(OrtMemoryInfo.allocatorCUDA_PINNED, OrtAllocatorType.DeviceAllocator, Stream.Device.Ordinal, OrtMemType.CpuOutput);
        return new OrtAllocator(session, pinned);
    }

    public override StepPlacement PlacementOf(InferenceSession session, Graph graph)
    {
        // What only a body uses has no place that ONNX Runtime could tell (asking ends the process); it brings it there itself.
        if (graph.Nodes.Any(n => !n.Attributes.Bodies().IsEmpty))
            return StepPlacement.All(MemoryPlace.Host, graph.Inputs.Length, graph.Outputs.Length);
        using IDisposableReadOnlyCollection<OrtMemoryInfo> inputs = session.GetMemoryInfosForInputs();
        using IDisposableReadOnlyCollection<OrtMemoryInfo> outputs = session.GetMemoryInfosForOutputs();
        return new([.. inputs.Zip(session.InputNames, (info, name) => Place(info, session.InputMetadata[name]))],
            [.. outputs.Zip(session.OutputNames, (info, name) => Place(info, session.OutputMetadata[name]))]);

        // A sequence can lie anywhere, one tensor here and one there; ONNX Runtime brings its tensors where it wants them.
        static MemoryPlace Place(OrtMemoryInfo info, NodeMetadata value) =>
            value.IsTensor && !info.IsInvalid && info.GetDeviceMemoryType() == OrtDeviceMemoryType.DEFAULT
            && info.Name.StartsWith("Cuda", StringComparison.Ordinal)
                ? MemoryPlace.Device : MemoryPlace.Host;
    }
}
