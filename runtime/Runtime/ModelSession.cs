using System.Collections.Immutable;
using GraphPartition.CompiledModels;
using GraphPartition.Foundation;
using GraphPartition.Ir.Graphs;
using GraphPartition.Onnx.Reading;
using GraphPartition.Runtime.Devices;
using GraphPartition.Runtime.Engines;
using GraphPartition.Runtime.Execution;
using GraphPartition.Runtime.Scheduling;
using GraphPartition.Runtime.Steps;
using Microsoft.ML.OnnxRuntime;

namespace GraphPartition.Runtime;

/// <summary>
/// Executes a compiled model. Loading makes the executors of all steps; <see cref="Run"/> may then be called from many threads
/// at once. A run that fails leaves the session usable.
/// <para>
/// A file without engines is executed whole by ONNX Runtime on the CPU. Its graph is read when somebody asks for it
/// (<see cref="Plan"/>, <see cref="CreateContext"/>), or when ONNX Runtime refuses a run, to say why.
/// </para>
/// </summary>
public sealed class ModelSession : IDisposable
{
    private readonly Lazy<ContextFactory> _factory;
    private readonly Lazy<ContextPool> _pool;
    private readonly WholeSession? _whole;

    private ModelSession(Func<ContextFactory> create, int contexts, WholeSession? whole)
    {
        _factory = new(create);
        _pool = new(() => new ContextPool(() => _factory.Value.Create(keepsResults: false), contexts));
        _whole = whole;
    }

    /// <summary>What a run does.</summary>
    public ExecutionPlan Plan => _factory.Value.Plan;

    /// <summary>The graph as it was compiled.</summary>
    internal Graph Compiled => _factory.Value.Compiled;

    /// <summary>The values to feed, in order.</summary>
    public ImmutableArray<Value> Inputs => Plan.Graph.Inputs;

    /// <summary>The results, in order.</summary>
    public ImmutableArray<Value> Outputs => Plan.Graph.Outputs;

    /// <summary>Loads a compiled model from its file, as it was written; the file must stay as it is while the session lives.</summary>
    /// <exception cref="ModelException">The file is no compiled model or is damaged (GP1xxx, GP5001, GP5002).</exception>
    /// <exception cref="EnvironmentException">The runtime or the device fails.</exception>
    public static ModelSession Load(string path, ModelSessionOptions? options = null)
    {
        options ??= new();
        int contexts = Contexts(options, onDevice: false);
        WholeSession? whole = WholeSession.TryOpen(path, options, contexts);
        return whole is null ? Create(Read(), options)
            : new ModelSession(() => new ContextFactory(Read(), options, openStream: null, engines: null, whole.Session), contexts, whole);

        CompiledModel Read() => Package.Unpack(OnnxReader.Read(path));
    }

    /// <summary>Makes a session of a compiled model.</summary>
    /// <exception cref="ModelException">An operator that no executor knows (GP5003).</exception>
    /// <exception cref="EnvironmentException">The runtime or the device fails (GP5006, GP5007, GP5009).</exception>
    public static ModelSession Create(CompiledModel compiled, ModelSessionOptions? options = null)
    {
        options ??= new();
        EngineUse use = options.Engines with { Layers = options.Engines.Layers ?? options.Profile?.LayerReceiver };
        EngineSource? engines = EngineSource.Load(compiled, use, options.DeviceId);
        // Without CUDA in ONNX Runtime, engines run on the device all the same and the rest on the host.
        Func<DeviceStream>? open = options.Device == Device.Cuda ? () => CudaDeviceStream.Open(options)
            : engines is null ? null
            : () => EngineStream.Open(engines.Machine.Device, options.CudaGraphs);
        return Create(compiled, options, open, engines);
    }

    internal static ModelSession Create(CompiledModel compiled, ModelSessionOptions options, Func<DeviceStream>? openStream, IEngineSource? engines)
    {
        var factory = new ContextFactory(compiled, options, openStream, engines);
        var session = new ModelSession(() => factory, Contexts(options, openStream is not null), whole: null);
        try
        {
            ContextPool pool = session._pool.Value;
            pool.Return(pool.Rent(default)); // what cannot be loaded is said now
            return session;
        }
        catch
        {
            session.Dispose();
            throw;
        }
    }

    /// <summary>Computes the outputs. What is fed stays the caller's; the result is the caller's to dispose.</summary>
    /// <param name="feeds">A value for each input without a default, by name.</param>
    /// <param name="cancellation">Stops the run before its next step, and the current step as soon as ONNX Runtime can.</param>
    /// <exception cref="ModelException">An input does not fit (GP5004); all faults are in it. A checked value is not finite (GP5010).</exception>
    /// <exception cref="EnvironmentException">A step fails (GP5006, GP5009).</exception>
    /// <exception cref="OperationCanceledException">The run was cancelled.</exception>
    public RunResult Run(IReadOnlyDictionary<string, OrtValue> feeds, CancellationToken cancellation = default)
    {
        if (_whole?.TryRun(feeds, cancellation) is { } answer) return answer;
        RunContext context = _pool.Value.Rent(cancellation);
        try
        {
            return RunIn(context, feeds, cancellation);
        }
        finally
        {
            _pool.Value.Return(context);
        }
    }

    /// <summary>As <see cref="Run"/>, on a thread of the pool; no thread waits for a free context.</summary>
    public async Task<RunResult> RunAsync(IReadOnlyDictionary<string, OrtValue> feeds, CancellationToken cancellation = default)
    {
        if (_whole is not null && await _whole.TryRunAsync(feeds, cancellation).ConfigureAwait(false) is { } answer) return answer;
        RunContext context = await _pool.Value.RentAsync(cancellation).ConfigureAwait(false);
        try
        {
            return await Task.Run(() => RunIn(context, feeds, cancellation), cancellation).ConfigureAwait(false);
        }
        finally
        {
            _pool.Value.Return(context);
        }
    }

    /// <summary>
    /// Runs often enough that later runs with these shapes find everything ready: arenas grown, algorithms chosen, work recorded.
    /// All contexts are made and warmed.
    /// </summary>
    /// <param name="feeds">As for <see cref="Run"/>.</param>
    /// <param name="runs">How often each context runs.</param>
    public void WarmUp(IReadOnlyDictionary<string, OrtValue> feeds, int runs = 3)
    {
        if (_whole is not null)
        {
            for (int i = 0; i < runs; i++) Run(feeds).Dispose(); // all runs share the session
            return;
        }
        ContextPool pool = _pool.Value;
        var rented = new List<RunContext>();
        try
        {
            while (rented.Count < pool.Most) rented.Add(pool.Rent(default));
            foreach (RunContext context in rented)
                for (int i = 0; i < runs; i++) context.Run(feeds, default);
        }
        finally
        {
            foreach (RunContext context in rented) pool.Return(context);
        }
    }

    /// <summary>A context of the caller's own, for runs that allocate nothing; it does not count among those of the pool.</summary>
    public SessionContext CreateContext() => new(Plan, _factory.Value.Create(keepsResults: true));

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_pool.IsValueCreated) _pool.Value.Dispose();
        if (_factory.IsValueCreated) _factory.Value.Dispose();
        _whole?.Dispose();
    }

    private static int Contexts(ModelSessionOptions options, bool onDevice) =>
        options.Contexts > 0 ? options.Contexts : onDevice ? 1 : Environment.ProcessorCount;

    private RunResult RunIn(RunContext context, IReadOnlyDictionary<string, OrtValue> feeds, CancellationToken cancellation)
    {
        context.Run(feeds, cancellation);
        var values = new OrtValue[Outputs.Length];
        for (int i = 0; i < values.Length; i++)
            values[i] = Outputs[i].Data is { } constant ? OrtValues.ToOrt(constant) : context.TakeResult(i) ?? OrtValues.Copy(ResultOf(context, values, i));
        return new RunResult(Plan.OutputNames, values);
    }

    /// <summary>A result that cannot be given away: it lies in a buffer, is what was fed, or is listed twice and given away already.</summary>
    private OrtValue ResultOf(RunContext context, OrtValue[] values, int output)
    {
        int first = Plan.OutputSlots.IndexOf(Plan.OutputSlots[output]);
        return first < output ? values[first] : context.Result(output)!;
    }
}
