using System.Globalization;
using GraphPartition.Runtime.Options;

namespace GraphPartition.Runtime.Providers;

/// <summary>ONNX Runtime's CUDA provider. It computes on a CUDA stream that it shares with copies and TensorRT engines.</summary>
internal sealed class CudaProvider : ExecutionProvider
{
    private const string Remedy =
        "ONNX Runtime's CUDA provider needs CUDA 13 (cuBLAS, cuRAND, cuFFT, NVRTC) and cuDNN 9: install them, or name the "
        + "folders that hold their libraries in LD_LIBRARY_PATH; PyTorch for CUDA 13 brings them in site-packages/nvidia/*/lib";

    private readonly ModelSessionOptions _options;

    /// <summary>The provider on the device that the options name.</summary>
    /// <exception cref="EnvironmentException">This ONNX Runtime was built without it (GP5007).</exception>
    public CudaProvider(ModelSessionOptions options)
    {
        if (!OrtEnvironment.Instance.GetAvailableProviders().Contains("CUDAExecutionProvider"))
            throw new EnvironmentException(RuntimeCodes.NoDevice, "CUDA",
                "this ONNX Runtime has no CUDA provider; the build brings one with -p:OnnxRuntimeGpu=true");
        _options = options;
    }

    public override string Name => "CUDA";
    public override bool UsesStream => true;

    public override DeviceStream OpenStream() => CudaDeviceStream.Open(_options.DeviceId, _options.CudaGraphs);

    /// <summary>
    /// Whether all convolutions of a graph can be computed with channels last. ONNX Runtime reorders constant weights when it creates the
    /// session, and takes a weight that a node computes (by DequantizeLinear, for example) as if it were reordered too.
    /// </summary>
    public static bool CanHaveChannelsLast(Graph graph) => Convolutions(graph).All(n => n.Input(1) is { IsConstant: true });

    /// <summary>
    /// Whether convolutions can add their bias themselves. For a ConvTranspose with a bias, cuDNN gets a graph without a type.
    /// </summary>
    public static bool CanFuseBias(Graph graph) => Convolutions(graph).All(n => n.Op.Is("Conv") || n.Input(2) is null);

    public override void Configure(SessionOptions session, Graph graph, DeviceStream? stream)
    {
        bool nhwc = _options.Nhwc && CanHaveChannelsLast(graph);
        var cuda = new Dictionary<string, string>
        {
            ["device_id"] = _options.DeviceId.ToString(CultureInfo.InvariantCulture),
            ["has_user_compute_stream"] = "1",
            ["user_compute_stream"] = stream!.Handle.ToString(CultureInfo.InvariantCulture),
            ["do_copy_in_default_stream"] = "1",
            ["cudnn_conv_algo_search"] = "EXHAUSTIVE",
            ["cudnn_conv_use_max_workspace"] = "1",
            ["arena_extend_strategy"] = "kSameAsRequested",
            ["use_tf32"] = _options.Tf32 ? "1" : "0",
            ["prefer_nhwc"] = nhwc ? "1" : "0",
            // With channels first, ONNX Runtime (1.29, 1.31) also adds an earlier output, from the second run of a shape on.
            ["fuse_conv_bias"] = nhwc && CanFuseBias(graph) ? "1" : "0",
        };
        if (_options.DeviceMemoryLimit > 0) cuda["gpu_mem_limit"] = _options.DeviceMemoryLimit.ToString(CultureInfo.InvariantCulture);
        try
        {
            using var provider = new OrtCUDAProviderOptions();
            provider.UpdateOptions(cuda);
            session.AppendExecutionProvider_CUDA(provider);
        }
        catch (OnnxRuntimeException e)
        {
            throw new EnvironmentException(RuntimeCodes.NoDevice, "CUDA", OrtMessages.ExplainMissingLibrary(e.Message, Remedy), e);
        }
    }

    /// <summary>
    /// The arena of pinned memory. A session that ends returns tables to it by a call on the stream. If that call held the last reference,
    /// it would free pinned memory, which CUDA forbids there, and ONNX Runtime 1.29 ended the process. 'benchmarks gpu-faults' did not see
    /// that in 1.31.
    /// </summary>
    public override IDisposable Hold(InferenceSession session)
    {
        using var pinned = new OrtMemoryInfo(
            OrtMemoryInfo.allocatorCUDA_PINNED, OrtAllocatorType.DeviceAllocator, _options.DeviceId, OrtMemType.CpuOutput);
        return new OrtAllocator(session, pinned);
    }

    public override StepPlacement PlacementOf(InferenceSession session, Graph graph)
    {
        // ONNX Runtime has no place for a value that only a body uses (a query ends the process); it copies such values itself.
        if (graph.Nodes.Any(n => !n.Attributes.Bodies().IsEmpty)) return base.PlacementOf(session, graph);
        using IDisposableReadOnlyCollection<OrtMemoryInfo> inputs = session.GetMemoryInfosForInputs();
        using IDisposableReadOnlyCollection<OrtMemoryInfo> outputs = session.GetMemoryInfosForOutputs();
        return new([.. inputs.Zip(session.InputNames, (info, name) => Place(info, session.InputMetadata[name]))],
            [.. outputs.Zip(session.OutputNames, (info, name) => Place(info, session.OutputMetadata[name]))]);

        // The tensors of a sequence may be at different places; ONNX Runtime copies them where it needs them.
        static MemoryPlace Place(OrtMemoryInfo info, NodeMetadata value) =>
            value.IsTensor && !info.IsInvalid && info.GetDeviceMemoryType() == OrtDeviceMemoryType.DEFAULT
            && info.Name.StartsWith("Cuda", StringComparison.Ordinal)
                ? MemoryPlace.Device : MemoryPlace.Host;
    }

    private static IEnumerable<Node> Convolutions(Graph graph) => graph.Nodes.SelectMany(n =>
        n.Op.Is("Conv") || n.Op.Is("ConvTranspose") ? [n] : n.Attributes.Bodies().SelectMany(Convolutions));
}
