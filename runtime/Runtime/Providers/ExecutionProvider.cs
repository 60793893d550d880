using GraphPartition.Runtime.Options;

namespace GraphPartition.Runtime.Providers;

/// <summary>
/// An execution provider of ONNX Runtime: how a session is configured for it, and which operators it lacks. What a device is (memory,
/// stream, recording) is the concern of <see cref="DeviceStream"/>. A provider whose sessions read and write host memory, such as
/// OpenVINO or CoreML, overrides <see cref="Name"/> and <see cref="Configure"/> and has no stream.
/// </summary>
internal abstract class ExecutionProvider
{
    private const string DisableCpuFallback = "session.disable_cpu_ep_fallback";

    /// <summary>The provider of the fallback steps.</summary>
    /// <param name="options">How the model runs.</param>
    /// <exception cref="EnvironmentException">This ONNX Runtime was built without the provider (GP5007).</exception>
    public static ExecutionProvider Of(ModelSessionOptions options) => options.Device switch
    {
        Device.Cuda => new CudaProvider(options),
        _ => new CpuProvider(),
    };

    /// <summary>What computes, for reports.</summary>
    public abstract string Name { get; }

    /// <summary>Whether sessions compute on the stream of the runner and take values in device memory.</summary>
    public virtual bool UsesStream => false;

    /// <summary>Opens a stream to compute on.</summary>
    /// <returns>Null if the provider needs none.</returns>
    /// <exception cref="EnvironmentException">There is no such device (GP5007).</exception>
    public virtual DeviceStream? OpenStream() => null;

    /// <summary>Adds the provider to the options of a session.</summary>
    /// <param name="session">The options.</param>
    /// <param name="graph">What the session computes.</param>
    /// <param name="stream">The stream to compute on; null for a provider that uses none.</param>
    /// <exception cref="EnvironmentException">A library of the provider is missing (GP5007).</exception>
    public abstract void Configure(SessionOptions session, Graph graph, DeviceStream? stream);

    /// <summary>Where a session takes its inputs and writes its outputs.</summary>
    /// <param name="session">The session.</param>
    /// <param name="graph">What it computes.</param>
    public virtual StepPlacement PlacementOf(InferenceSession session, Graph graph) =>
        StepPlacement.All(MemoryPlace.Host, graph.Inputs.Length, graph.Outputs.Length);

    /// <summary>What must outlive a session: to be disposed after the session and after the stream was synchronized.</summary>
    /// <returns>Null if there is nothing.</returns>
    public virtual IDisposable? Hold(InferenceSession session) => null;

    /// <summary>A session that computes every operator of a segment with this provider.</summary>
    /// <param name="segment">The segment.</param>
    /// <param name="stream">The stream to compute on.</param>
    /// <param name="create">Creates the session; its argument sets the options.</param>
    /// <returns>Null if the provider lacks an operator.</returns>
    public virtual InferenceSession? TryCreateSession(
        GraphSegment segment, DeviceStream? stream, Func<Action<SessionOptions, Graph>, InferenceSession> create)
    {
        try
        {
            return create((session, graph) =>
            {
                Configure(session, graph, stream);
                session.AddSessionConfigEntry(DisableCpuFallback, "1");
            });
        }
        catch (EnvironmentException e) when (OrtMessages.LacksOperator(e))
        {
            return null;
        }
    }
}

/// <summary>ONNX Runtime on the host's processor, which needs no configuration.</summary>
internal sealed class CpuProvider : ExecutionProvider
{
    public override string Name => "cpu";

    public override void Configure(SessionOptions session, Graph graph, DeviceStream? stream)
    {
    }
}
