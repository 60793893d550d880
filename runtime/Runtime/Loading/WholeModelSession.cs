using GraphPartition.Onnx.Reading;
using GraphPartition.Runtime.Options;

namespace GraphPartition.Runtime.Loading;

/// <summary>
/// The fast path for a compiled file without engines on the CPU: ONNX Runtime executes the file as a whole, and neither graph nor plan is
/// read. It exists for the start only. From disk to the first answer takes as long as plain ONNX Runtime with this path, and 2.5 times
/// (LeNet) or 2.0 times (MobileNet v2) as long without it, because the .NET runtime first compiles our reader and planner. Measured with
/// ONNX Runtime 1.31.1 by the child processes of <c>benchmarks startup</c>; on a quiet machine LeNet took 234 ms against 40.
/// </summary>
internal sealed class WholeModelSession : IDisposable
{
    private readonly SemaphoreSlim _free;
    private readonly ImmutableArray<string> _outputs;

    private WholeModelSession(InferenceSession session, int capacity)
    {
        Session = session;
        _free = new(capacity, capacity);
        _outputs = [.. session.OutputNames];
    }

    /// <summary>ONNX Runtime's session for the file.</summary>
    public InferenceSession Session { get; }

    /// <summary>Opens a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="options">How it runs.</param>
    /// <param name="capacity">How many runs may execute at once.</param>
    /// <returns>Null if the file must be read and planned: to execute it, or to report what is wrong with it.</returns>
    public static WholeModelSession? TryOpen(string path, ModelSessionOptions options, int capacity)
    {
        if (options is not { Device: Device.Cpu, KeepGroups: false, Validate: false, Profile: null }
            || options.Engines.Mode == EngineMode.Required || !options.Kernels.IsEmpty)
            return null;
        // The file is read while ONNX Runtime starts, which takes longer; on a thread of its own, which starts at once.
        Task<ModelSkeleton?> reading = Task.Factory.StartNew(
            () => ReadPortable(path), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        OrtEnvironment.Prepare();
        if (reading.GetAwaiter().GetResult() is not { } skeleton) return null;
        InferenceSession? session = null;
        try
        {
            session = new OrtSessionFactory(options).Open(skeleton.Bytes, skeleton.Directory, isOnlyOne: true);
            // Results belong to the caller, so an input cannot be one of them.
            if (!session.OutputNames.Any(session.InputNames.Contains)) return new(session, capacity);
        }
        catch (OnnxRuntimeException)
        {
            // Reading the file reports what is wrong with it.
        }
        session?.Dispose();
        return null;
    }

    /// <summary>Computes the outputs.</summary>
    /// <returns>Null if ONNX Runtime fails; a run of the planned model then reports the reason.</returns>
    /// <exception cref="OperationCanceledException">The run was cancelled.</exception>
    public RunResult? TryRun(IReadOnlyDictionary<string, OrtValue> inputs, CancellationToken cancellation)
    {
        _free.Wait(cancellation);
        return RunAndFree(inputs, cancellation);
    }

    /// <summary>As <see cref="TryRun"/>, on a thread of the pool, without a blocked thread.</summary>
    public async Task<RunResult?> TryRunAsync(IReadOnlyDictionary<string, OrtValue> inputs, CancellationToken cancellation)
    {
        await _free.WaitAsync(cancellation).ConfigureAwait(false);
        return await Task.Run(() => RunAndFree(inputs, cancellation), CancellationToken.None).ConfigureAwait(false);
    }

    public void Dispose() => Session.Dispose();

    /// <summary>The fields of a compiled file that has no engine; null for other files.</summary>
    private static ModelSkeleton? ReadPortable(string path) =>
        ModelSkeleton.TryRead(path) is { } skeleton && CompiledModelFormat.HasNoEngine(skeleton.Metadata) ? skeleton : null;

    private RunResult? RunAndFree(IReadOnlyDictionary<string, OrtValue> inputs, CancellationToken cancellation)
    {
        try
        {
            cancellation.ThrowIfCancellationRequested();
            using var options = new RunOptions();
            using CancellationTokenRegistration stop = cancellation.UnsafeRegister(static o => ((RunOptions)o!).Terminate = true, options);
            return OptionalResults.Run(Session, options, inputs, _outputs);
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
