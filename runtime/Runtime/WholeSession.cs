using System.Collections.Immutable;
using GraphPartition.CompiledModels;
using GraphPartition.Onnx.Reading;
using GraphPartition.Runtime.Engines;
using GraphPartition.Runtime.Steps;
using Microsoft.ML.OnnxRuntime;

namespace GraphPartition.Runtime;

/// <summary>
/// A compiled file without engines on the CPU: ONNX Runtime executes it whole, as it would any other model. Neither graph nor plan
/// is read for that, which for a small model would take several times as long as ONNX Runtime itself.
/// </summary>
internal sealed class WholeSession : IDisposable
{
    private readonly SemaphoreSlim _free;
    private readonly ImmutableArray<string> _outputs;

    private WholeSession(InferenceSession session, int most)
    {
        Session = session;
        _free = new(most, most);
        _outputs = [.. session.OutputNames];
    }

    /// <summary>ONNX Runtime's session over the file.</summary>
    public InferenceSession Session { get; }

    /// <summary>Opens a file; null where it has to be read and planned: to execute it, or to say why not.</summary>
    /// <param name="path">The file.</param>
    /// <param name="options">How it runs.</param>
    /// <param name="most">How many runs may be under way at once.</param>
    public static WholeSession? TryOpen(string path, ModelSessionOptions options, int most)
    {
        if (options.Device != Device.Cpu || options.KeepGroups || options.Validate || options.Profile is not null || options.Engines.Mode == EngineMode.Required) return null;
        // The file is read while ONNX Runtime starts, which takes longer. It gets a thread of its own, which is there at once.
        Task<ModelSkeleton?> reading = Task.Factory.StartNew(
            () => ReadPortable(path), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        OrtEnvironment.Prepare();
        if (reading.GetAwaiter().GetResult() is not { } skeleton) return null;
        InferenceSession? session = null;
        try
        {
            session = new OrtSessions(options).Open(skeleton.Bytes, skeleton.Directory, isOnlyOne: true);
            // Results belong to the caller: what is fed must not be one of them.
            if (!session.OutputNames.Any(session.InputNames.Contains)) return new(session, most);
        }
        catch (OnnxRuntimeException)
        {
            // Whoever reads the file will say what is wrong with it.
        }
        session?.Dispose();
        return null;
    }

    /// <summary>Computes the outputs; null where ONNX Runtime cannot, and does not say why in our terms.</summary>
    public RunResult? TryRun(IReadOnlyDictionary<string, OrtValue> feeds, CancellationToken cancellation)
    {
        _free.Wait(cancellation);
        return RunAndFree(feeds, cancellation);
    }

    /// <summary>As <see cref="TryRun"/>, on a thread of the pool; no thread waits for its turn.</summary>
    public async Task<RunResult?> TryRunAsync(IReadOnlyDictionary<string, OrtValue> feeds, CancellationToken cancellation)
    {
        await _free.WaitAsync(cancellation).ConfigureAwait(false);
        return await Task.Run(() => RunAndFree(feeds, cancellation), CancellationToken.None).ConfigureAwait(false);
    }

    public void Dispose() => Session.Dispose();

    /// <summary>A compiled file that has no engine; null for others.</summary>
    private static ModelSkeleton? ReadPortable(string path) =>
        ModelSkeleton.TryRead(path) is { } skeleton && Package.HasNoEngine(skeleton.Metadata) ? skeleton : null;

    private RunResult? RunAndFree(IReadOnlyDictionary<string, OrtValue> feeds, CancellationToken cancellation)
    {
        try
        {
            cancellation.ThrowIfCancellationRequested();
            using var options = new RunOptions();
            using CancellationTokenRegistration stop = cancellation.UnsafeRegister(static o => ((RunOptions)o!).Terminate = true, options);
            var names = new string[feeds.Count];
            var values = new OrtValue[feeds.Count];
            int count = 0;
            foreach ((string name, OrtValue value) in feeds) (names[count], values[count++]) = (name, value);
            return new(_outputs, [.. Session.Run(options, names, values, _outputs)]);
        }
        catch (OnnxRuntimeException)
        {
            cancellation.ThrowIfCancellationRequested();
            return null;
        }
        finally
        {
            _free.Release();
        }
    }
}
