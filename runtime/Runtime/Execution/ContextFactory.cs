using GraphPartition.CompiledModels;
using GraphPartition.Ir.Graphs;
using GraphPartition.Runtime.Devices;
using GraphPartition.Runtime.Scheduling;
using GraphPartition.Runtime.Steps;
using Microsoft.ML.OnnxRuntime;

namespace GraphPartition.Runtime.Execution;

/// <summary>Makes contexts that execute a compiled model, each with a stream of its own.</summary>
internal sealed class ContextFactory : IDisposable
{
    private readonly ModelSessionOptions _options;
    private readonly Func<DeviceStream>? _openStream;
    private readonly IEngineSource? _engines;
    private readonly PlanFactory? _factory;
    private DeviceStream? _firstStream;

    /// <summary>Plans.</summary>
    /// <param name="compiled">The compiled model.</param>
    /// <param name="options">How it runs.</param>
    /// <param name="openStream">Opens a stream of the device; null to run on the host alone.</param>
    /// <param name="engines">Engines of groups, if any; owned.</param>
    /// <param name="whole">A session of the host over the whole model, if there is one already; the caller's.</param>
    public ContextFactory(
        CompiledModel compiled, ModelSessionOptions options, Func<DeviceStream>? openStream, IEngineSource? engines, InferenceSession? whole = null)
    {
        Compiled = compiled.Model.Graph;
        _options = options;
        _openStream = openStream;
        _engines = engines;
        try
        {
            _firstStream = openStream?.Invoke();
            if (openStream is null && options is { KeepGroups: true, Optimize: true, Validate: false }) compiled = BlockedLayout.Of(compiled, options) ?? compiled;
            _factory = new PlanFactory(compiled, options, _firstStream, engines, whole);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>The plan.</summary>
    public ExecutionPlan Plan => _factory!.Plan;

    /// <summary>The graph as it was compiled; that of the plan may have nodes of ONNX Runtime's own (<see cref="BlockedLayout"/>).</summary>
    public Graph Compiled { get; }

    /// <summary>A context with a stream and executors of its own.</summary>
    /// <param name="keepsResults">Whether results stay in its buffers until its next run.</param>
    public RunContext Create(bool keepsResults)
    {
        DeviceStream? stream = Interlocked.Exchange(ref _firstStream, null) ?? _openStream?.Invoke();
        try
        {
            return new(_factory!.CreateExecutors(stream, ownsStream: true), _options, keepsResults);
        }
        catch
        {
            stream?.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        _factory?.Dispose();
        _engines?.Dispose();
        _firstStream?.Dispose();
    }
}
