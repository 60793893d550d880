using GraphPartition.Runtime.Execution;
using GraphPartition.Runtime.Options;
using GraphPartition.Runtime.Providers;

namespace GraphPartition.Runtime.Loading;

/// <summary>
/// The runners of a session, each with its own stream; created when they are first needed. A run rents one and returns it. Thread-safe.
/// </summary>
internal sealed class RunnerPool : IDisposable
{
    private readonly ModelSessionOptions _options;
    private readonly Func<DeviceStream>? _openStream;
    private readonly IEngineSource? _engines;
    private readonly SessionPlanner? _planner;
    private readonly SemaphoreSlim _free;
    private readonly Stack<Runner> _idle = new();
    private DeviceStream? _firstStream;
    private bool _isDisposed;

    /// <summary>Plans a model.</summary>
    /// <param name="compiled">The compiled model.</param>
    /// <param name="options">How it runs.</param>
    /// <param name="capacity">How many runners can be in use at once.</param>
    /// <param name="provider">The execution provider of the fallback.</param>
    /// <param name="openStream">Opens a stream of the device; null to run on the host alone.</param>
    /// <param name="engines">Engines of groups, if any; owned.</param>
    /// <param name="whole">A session of the host for the whole model, if there is one already; not owned.</param>
    public RunnerPool(
        CompiledModel compiled, ModelSessionOptions options, int capacity, ExecutionProvider provider, Func<DeviceStream>? openStream,
        IEngineSource? engines, InferenceSession? whole = null)
    {
        Compiled = compiled.Model.Graph;
        _options = options;
        _openStream = openStream;
        _engines = engines;
        _free = new(capacity, capacity);
        Capacity = capacity;
        try
        {
            _firstStream = openStream?.Invoke();
            compiled = CarriedModel.Of(compiled, g => engines?.CanRun(g) == true || options.KeepGroups);
            if (openStream is null && provider is CpuProvider
                && options is { KeepGroups: true, Optimize: true, Validate: false, Kernels: [] })
                compiled = BlockedLayout.Of(compiled, options) ?? compiled;
            _planner = new SessionPlanner(compiled, options, provider, _firstStream, engines, whole);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>The graph as it was compiled; that of the plan may have operators of ONNX Runtime (<see cref="BlockedLayout"/>).</summary>
    public Graph Compiled { get; }

    /// <summary>The plan.</summary>
    public ExecutionPlan Plan => _planner!.Plan;

    /// <summary>How many runners can be in use at once.</summary>
    public int Capacity { get; }

    /// <summary>Creates a runner for the caller, who disposes it; it does not count among those in use.</summary>
    /// <param name="keepsResults">Whether results stay in its buffers until its next run.</param>
    public Runner Create(bool keepsResults)
    {
        DeviceStream? stream = Interlocked.Exchange(ref _firstStream, null) ?? _openStream?.Invoke();
        try
        {
            return new(_planner!.CreateExecutors(stream, ownsStream: true), _options, keepsResults);
        }
        catch
        {
            stream?.Dispose();
            throw;
        }
    }

    /// <summary>Lends a runner; waits until one is free.</summary>
    public Runner Rent(CancellationToken cancellation)
    {
        _free.Wait(cancellation);
        return TakeOrCreate();
    }

    /// <summary>As <see cref="Rent"/>, without a blocked thread.</summary>
    public async Task<Runner> RentAsync(CancellationToken cancellation)
    {
        await _free.WaitAsync(cancellation).ConfigureAwait(false);
        return TakeOrCreate();
    }

    /// <summary>Takes a runner back.</summary>
    public void Return(Runner runner)
    {
        bool keeps;
        lock (_idle)
        {
            keeps = !_isDisposed;
            if (keeps) _idle.Push(runner);
        }
        if (keeps) _free.Release();
        else runner.Dispose();
    }

    /// <summary>Disposes idle runners; one in use is disposed when it is returned.</summary>
    public void Dispose()
    {
        lock (_idle)
        {
            _isDisposed = true;
            while (_idle.TryPop(out Runner? runner)) runner.Dispose();
        }
        _planner?.Dispose();
        _engines?.Dispose();
        _firstStream?.Dispose();
    }

    private Runner TakeOrCreate()
    {
        try
        {
            lock (_idle)
            {
                ObjectDisposedException.ThrowIf(_isDisposed, this);
                if (_idle.TryPop(out Runner? idle)) return idle;
            }
            return Create(keepsResults: false);
        }
        catch
        {
            _free.Release();
            throw;
        }
    }
}
