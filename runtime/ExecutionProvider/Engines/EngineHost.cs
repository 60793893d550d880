using GraphPartition.Compiler;
using GraphPartition.EngineBuilder;
using GraphPartition.EngineBuilder.Builders;
using GraphPartition.ExecutionProvider.Options;
using GraphPartition.Runtime.Engines;
using GraphPartition.TensorRt.Build;
using GraphPartition.TensorRt.Cache;
using GraphPartition.TensorRt.Library;
using GraphPartition.TensorRt.Run;

namespace GraphPartition.ExecutionProvider.Engines;

/// <summary>The TensorRT of a session: builds the engines of its plans, and loads engines.</summary>
internal sealed class EngineHost : IDisposable
{
    private readonly TensorRtMachine _machine;
    private readonly EngineOptions _options;
    private readonly Lazy<TrtRuntime> _runtime;

    private EngineHost(TensorRtMachine machine, EngineOptions options)
    {
        _machine = machine;
        _options = options;
        _runtime = new(() =>
        {
            machine.Device.MakeCurrent();
            return TrtRuntime.Create(machine.Library);
        });
    }

    /// <summary>TensorRT and the device.</summary>
    public TensorRtMachine Machine => _machine;

    /// <summary>Opens the TensorRT that the options name.</summary>
    /// <param name="options">The options; null: there is none to open.</param>
    /// <param name="device">The number of the GPU.</param>
    /// <returns>Null where they name none.</returns>
    /// <exception cref="ModelException">There is no TensorRT, or no device.</exception>
    public static EngineHost? Open(TensorRtOptions? options, int device)
    {
        if (options is null) return null;
        LibrarySearchOptions where = options.Folder is { } folder ? new() { Folders = [folder], UseSystem = false }
            : LibrarySearchOptions.FromEnvironment();
        MachineSearch search = TensorRtMachine.Find(new MachineOptions { Libraries = where, Ordinal = device });
        return search.Machine is { } machine
            ? new(machine, new EngineOptions
            {
                Build = new BuildOptions { Precision = options.Precision },
                Shapes = options.Shapes,
                Cache = new EngineCache(options.Cache),
                TimingFolder = options.Cache,
                Worker = options.Worker is { } gpc ? new(gpc, [EngineWorker.Verb]) : null,
            })
            : throw new ModelException([search.Problem!]);
    }

    /// <summary>
    /// Builds the engines of a plan, through the cache. A node that TensorRT refuses moves to the fallback, and the rest is planned again.
    /// </summary>
    public EngineCompilation Build(Compilation planned) => new EngineCompiler(_machine, _options).Compile(planned);

    /// <summary>Loads the engine of a group that fits this machine.</summary>
    /// <param name="group">A compiled model with one group.</param>
    /// <param name="fault">Why there is none; null where there is one.</param>
    /// <exception cref="EnvironmentException">TensorRT fails.</exception>
    public TrtEngine? Load(CompiledModel group, out string? fault)
    {
        PlacedGroup placed = group.PlacedGroups.Single();
        string key = EngineOrigin.KeyOf(group, placed);
        EngineBlob[] own = [.. placed.Group.Engines.Where(e => EngineOrigin.Judge(e, key).IsYes)];
        fault = own.Length == 0 ? EngineOrigin.Judge(placed.Group.Engines[0], key).Reason : null;
        if (fault is not null) return null;
        if (EngineFit.Choose(own, _machine, null, out Verdict fit) is not { } blob)
        {
            fault = fit.Reason;
            return null;
        }
        if (blob.Read(group.Model.Folder, out fault) is not { } bytes) return null;
        _machine.Device.MakeCurrent();
        TrtEngine engine = _runtime.Value.Deserialize(bytes.Span, blob.IsTrusted);
        fault = EngineBinding.Fault(engine, placed.Group);
        if (fault is null) return engine;
        engine.Dispose();
        return null;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_runtime.IsValueCreated) _runtime.Value.Dispose();
    }
}
