using GraphPartition.Cuda;
using GraphPartition.Runtime.Engines;
using GraphPartition.Runtime.Execution;
using GraphPartition.Runtime.Loading;
using GraphPartition.Runtime.Options;
using GraphPartition.Runtime.Providers;

namespace GraphPartition.Runtime;

/// <summary>
/// Executes a compiled model. Loading creates the executors of all steps; then many threads may call <see cref="Run"/> at once. A failed
/// run leaves the session usable.
/// <para>
/// ONNX Runtime executes a file without engines on the CPU as a whole. The graph of such a file is read when it is needed: by
/// <see cref="Plan"/>, by <see cref="CreateContext"/>, and to report why a run failed.
/// </para>
/// </summary>
public sealed class ModelSession : IDisposable
{
    private readonly Lazy<RunnerPool> _pool;
    private readonly WholeModelSession? _whole;

    private ModelSession(Func<RunnerPool> create, int contexts, WholeModelSession? whole = null)
    {
        _pool = new(create);
        _whole = whole;
        Contexts = contexts;
    }

    /// <summary>How many runs execute at once; others wait.</summary>
    public int Contexts { get; }

    /// <summary>The steps of a run.</summary>
    public ExecutionPlan Plan => _pool.Value.Plan;

    /// <summary>The graph as it was compiled; that of <see cref="Plan"/> may have nodes of ONNX Runtime's own.</summary>
    internal Graph Compiled => _pool.Value.Compiled;

    /// <summary>The inputs, in order.</summary>
    public ImmutableArray<Value> Inputs => Plan.Graph.Inputs;

    /// <summary>The outputs, in order.</summary>
    public ImmutableArray<Value> Outputs => Plan.Graph.Outputs;

    /// <summary>Loads a compiled model from its file. The file must not change while the session lives.</summary>
    /// <exception cref="ModelException">The file is not a compiled model or is damaged (GP1xxx, GP5001, GP5002).</exception>
    /// <exception cref="EnvironmentException">The runtime or the device fails.</exception>
    public static ModelSession Load(string path, ModelSessionOptions? options = null)
    {
        options ??= new();
        int capacity = Capacity(options, onDevice: false);
        WholeModelSession? whole = WholeModelSession.TryOpen(path, options, capacity);
        return whole is null ? Create(CompiledModelFormat.Read(path), options) : new(
            () => new RunnerPool(
                CompiledModelFormat.Read(path), options, capacity, new CpuProvider(), openStream: null, engines: null, whole.Session),
                capacity, whole);
    }

    /// <summary>Creates a session for a compiled model.</summary>
    /// <exception cref="ModelException">No executor knows an operator (GP5003).</exception>
    /// <exception cref="EnvironmentException">The runtime or the device fails (GP5006, GP5007, GP5009).</exception>
    public static ModelSession Create(CompiledModel compiled, ModelSessionOptions? options = null)
    {
        options ??= new();
        foreach (Diagnostic other in UsedLibrary.Differences(compiled.Libraries, options.CustomOperators.Libraries))
            options.Engines.Warn?.Invoke(other);
        EngineUse use = options.Engines with { Layers = options.Engines.Layers ?? options.Profile?.LayerReceiver };
        EngineSource? engines = EngineSource.Load(compiled, use, options.DeviceId, options.Probe);
        ExecutionProvider provider;
        try
        {
            provider = ExecutionProvider.Of(options);
        }
        catch
        {
            engines?.Dispose();
            throw;
        }
        // If ONNX Runtime computes on the host, engines still need a stream; values that cross are copied.
        Func<DeviceStream>? open = provider.UsesStream ? () => provider.OpenStream()!
            : engines is null ? null
            : () => new CudaDeviceStream(CudaStream.Create(engines.Machine.Device), options.CudaGraphs);
        return Create(compiled, options, open, engines, provider);
    }

    internal static ModelSession Create(
        CompiledModel compiled, ModelSessionOptions options, Func<DeviceStream>? openStream, IEngineSource? engines,
            ExecutionProvider? provider = null)
    {
        int capacity = Capacity(options, openStream is not null);
        var pool = new RunnerPool(compiled, options, capacity, provider ?? new CpuProvider(), openStream, engines);
        var session = new ModelSession(() => pool, capacity);
        try
        {
            pool = session._pool.Value;
            pool.Return(pool.Rent(default)); // reports now what cannot be loaded
            return session;
        }
        catch
        {
            session.Dispose();
            throw;
        }
    }

    /// <summary>Computes the outputs. The caller keeps the inputs, and disposes the result.</summary>
    /// <param name="inputs">A value for each input without a default, by name.</param>
    /// <param name="cancellation">Stops the run before its next step, and the current step as soon as ONNX Runtime can.</param>
    /// <exception cref="ModelException">Inputs do not fit (GP5004; all are listed), or a checked value is not finite (GP5010).</exception>
    /// <exception cref="EnvironmentException">A step fails (GP5006, GP5009).</exception>
    /// <exception cref="OperationCanceledException">The run was cancelled.</exception>
    public RunResult Run(IReadOnlyDictionary<string, OrtValue> inputs, CancellationToken cancellation = default)
    {
        if (_whole?.TryRun(inputs, cancellation) is { } result) return result;
        Runner runner = _pool.Value.Rent(cancellation);
        try
        {
            return RunIn(runner, inputs, cancellation);
        }
        finally
        {
            _pool.Value.Return(runner);
        }
    }

    /// <summary>As <see cref="Run"/>, on a thread of the pool; no thread is blocked while it waits for its turn.</summary>
    public async Task<RunResult> RunAsync(IReadOnlyDictionary<string, OrtValue> inputs, CancellationToken cancellation = default)
    {
        if (_whole is not null && await _whole.TryRunAsync(inputs, cancellation).ConfigureAwait(false) is { } result) return result;
        Runner runner = await _pool.Value.RentAsync(cancellation).ConfigureAwait(false);
        try
        {
            return await Task.Run(() => RunIn(runner, inputs, cancellation), cancellation).ConfigureAwait(false);
        }
        finally
        {
            _pool.Value.Return(runner);
        }
    }

    /// <summary>
    /// Runs until later runs with these shapes find everything ready: arenas grown, algorithms chosen, work recorded. It warms up
    /// all <see cref="ModelSessionOptions.Contexts"/>.
    /// </summary>
    /// <param name="inputs">As for <see cref="Run"/>.</param>
    /// <param name="runs">How often each context runs.</param>
    public void WarmUp(IReadOnlyDictionary<string, OrtValue> inputs, int runs = 3)
    {
        if (_whole is not null)
        {
            for (int i = 0; i < runs; i++) Run(inputs).Dispose(); // all runs share the session
            return;
        }
        RunnerPool pool = _pool.Value;
        var rented = new List<Runner>();
        try
        {
            while (rented.Count < pool.Capacity) rented.Add(pool.Rent(default));
            foreach (Runner runner in rented)
                for (int i = 0; i < runs; i++) runner.Run(inputs, default);
        }
        finally
        {
            foreach (Runner runner in rented) pool.Return(runner);
        }
    }

    /// <summary>
    /// A context for one thread, whose runs allocate nothing. It is additional to <see cref="ModelSessionOptions.Contexts"/>.
    /// </summary>
    /// <returns>The context; the caller disposes it before the session.</returns>
    public SessionContext CreateContext() => new(Plan, _pool.Value.Create(keepsResults: true));

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_pool.IsValueCreated) _pool.Value.Dispose();
        _whole?.Dispose();
    }

    private static int Capacity(ModelSessionOptions options, bool onDevice) =>
        options.Contexts > 0 ? options.Contexts : onDevice ? 1 : Environment.ProcessorCount;

    private RunResult RunIn(Runner runner, IReadOnlyDictionary<string, OrtValue> inputs, CancellationToken cancellation)
    {
        runner.Run(inputs, cancellation);
        var values = new OrtValue[Outputs.Length];
        for (int i = 0; i < values.Length; i++)
            values[i] = Outputs[i].Data is { } constant ? OrtValues.ToOrt(constant)
                : runner.TakeResult(i) ?? OrtValues.Copy(ResultOf(runner, values, i));
        return new RunResult(Plan.OutputNames, values);
    }

    /// <summary>
    /// A result that cannot be moved to the caller: it is in a buffer, is an input, or is a second output that is the same value.
    /// </summary>
    private OrtValue ResultOf(Runner runner, OrtValue[] values, int output)
    {
        int first = Plan.OutputSlots.IndexOf(Plan.OutputSlots[output]);
        return first < output ? values[first] : runner.Result(output)!;
    }
}
