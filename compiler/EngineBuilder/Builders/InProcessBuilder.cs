using GraphPartition.TensorRt.Run;
using Microsoft.Extensions.Logging;

namespace GraphPartition.EngineBuilder.Builders;

/// <summary>
/// TensorRT in this process. Its builder takes seconds to create (it loads the kernels), so it is created when the first call needs it.
/// Time limits have no effect here: nothing can stop a call of the library.
/// </summary>
/// <param name="machine">The library and the device.</param>
/// <param name="logger">Receives TensorRT's messages; null: nobody.</param>
internal sealed class InProcessBuilder(BuildMachine machine, ILogger? logger) : IEngineBuilder
{
    private TrtBuilder? _builder;
    private TrtRuntime? _runtime;

    public ParserSupport Judge(OnnxModel model, TimeSpan limit, CancellationToken cancellation) =>
        Use(builder => builder.SupportedNodes(model.Bytes, model.Path));

    public BuiltEngine Build(
        OnnxModel model, BuildOptions options, TimeSpan limit, IProgress<BuildProgress>? progress, CancellationToken cancellation)
    {
        BuiltEngine built = Use(builder => builder.Build(model.Bytes, options with { ModelPath = model.Path }, progress, cancellation));
        if (machine.Device is not null) Load(built.Data, allowHostCode: true, limit, cancellation);
        return built;
    }

    /// <summary>Loads an engine once: an engine that this very library does not load is worthless.</summary>
    public void Load(ReadOnlyMemory<byte> engine, bool allowHostCode, TimeSpan limit, CancellationToken cancellation)
    {
        machine.Device?.MakeCurrent();
        _runtime ??= TrtRuntime.Create(Library, logger);
        _runtime.Deserialize(engine.Span, allowHostCode).Dispose();
    }

    public ReadOnlyMemory<byte> MergeTimingCaches(
        ReadOnlyMemory<byte> first, ReadOnlyMemory<byte> second, TimeSpan limit, CancellationToken cancellation) =>
        Use(builder => builder.MergeTimingCaches(first, second));

    private TensorRtLibrary Library => machine.Library ?? throw new InvalidOperationException($"{machine.Release} cannot be called");

    /// <summary>Creates the builder, which runs all self-checks of the binding on the library.</summary>
    public void Open() => Use(builder => true);

    public void Dispose()
    {
        _builder?.Dispose();
        _builder = null;
        _runtime?.Dispose();
        _runtime = null;
    }

    /// <summary>
    /// A builder that refused a graph is as good as before, unless the device failed under it. After any other failure a new one is
    /// created.
    /// </summary>
    private T Use<T>(Func<TrtBuilder, T> call)
    {
        machine.Device?.MakeCurrent();
        TrtBuilder builder = _builder ??= TrtBuilder.Create(Library, logger);
        try
        {
            return call(builder);
        }
        catch (TensorRtException e) when (e.IsRefusal)
        {
            machine.Device?.FreeMemoryBytes(); // fails where an earlier call broke the context: then the graph is not to blame
            throw;
        }
        catch (Exception e) when (e is not ModelException)
        {
            _builder = null;
            builder.Dispose();
            throw;
        }
    }
}
