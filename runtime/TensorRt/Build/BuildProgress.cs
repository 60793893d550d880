namespace GraphPartition.TensorRt.Build;

/// <summary>A step of a build. Phases nest and several run at a time (IProgressMonitor, NvInfer.h).</summary>
/// <param name="Phase">The phase's name, unique while it runs.</param>
/// <param name="Parent">The phase that it is part of, or null.</param>
/// <param name="Step">Steps done.</param>
/// <param name="Steps">Steps in all.</param>
/// <param name="IsFinished">Whether the phase is over, complete or not.</param>
public sealed record BuildProgress(string Phase, string? Parent, int Step, int Steps, bool IsFinished)
{
    /// <summary>Whether the build waits for another process.</summary>
    public bool IsWaiting { get; init; }

    /// <summary>A message before the first step.</summary>
    /// <param name="what">What is known about the build, or what it waits for.</param>
    /// <param name="isWaiting">Whether it waits.</param>
    public static BuildProgress Message(string what, bool isWaiting = false) => new(what, null, 0, 0, false) { IsWaiting = isWaiting };

    /// <inheritdoc/>
    public override string ToString() => Steps == 0 ? Phase : $"{Phase} {Step}/{Steps}";
}

/// <summary>nvinfer1::IProgressMonitor: reports the progress of a build to the caller, and tells TensorRT when to stop.</summary>
internal sealed unsafe class ProgressMonitor(IProgress<BuildProgress>? progress, CancellationToken cancellation)
{
    private static readonly Dictionary<string, nint> Functions = new()
    {
        ["phaseStart"] = (nint)(delegate* unmanaged<nint, byte*, byte*, int, void>)&PhaseStart,
        ["stepComplete"] = (nint)(delegate* unmanaged<nint, byte*, int, byte>)&StepComplete,
        ["phaseFinish"] = (nint)(delegate* unmanaged<nint, byte*, void>)&PhaseFinish,
    };

    private readonly Dictionary<string, BuildProgress> _phases = [];
    private readonly Lock _lock = new();

    /// <summary>The exception of the caller's receiver. It stops the build, which then throws it.</summary>
    public Exception? Fault { get; private set; }

    public static CallbackObject Create(AbiLayout layout, ProgressMonitor monitor) => new(layout, "IProgressMonitor", monitor, Functions);

    /// <summary>Reports progress, and returns whether the build shall continue. TensorRT calls from several threads.</summary>
    private bool Report(Func<Dictionary<string, BuildProgress>, BuildProgress?> change)
    {
        try
        {
            lock (_lock)
            {
                if (change(_phases) is { } report && Fault is null) progress?.Report(report);
            }
        }
        catch (Exception fault)
        {
            Fault = fault;
        }
        return Fault is null && !cancellation.IsCancellationRequested;
    }

    private static ProgressMonitor Self(nint self) => CallbackObject.Target<ProgressMonitor>(self);

    // void phaseStart(char const* phaseName, char const* parentPhase, int32_t nbSteps) noexcept
    [UnmanagedCallersOnly]
    private static void PhaseStart(nint self, byte* phase, byte* parent, int steps)
    {
        string name = Utf8.Read(phase);
        string? outer = parent == null ? null : Utf8.Read(parent);
        Self(self).Report(phases => phases[name] = new BuildProgress(name, outer, 0, steps, false));
    }

    // bool stepComplete(char const* phaseName, int32_t step) noexcept; false cancels the build
    [UnmanagedCallersOnly]
    private static byte StepComplete(nint self, byte* phase, int step)
    {
        string name = Utf8.Read(phase);
        bool goOn = Self(self).Report(phases =>
            phases.TryGetValue(name, out var known) ? phases[name] = known with { Step = step + 1 } : null);
        return goOn ? (byte)1 : (byte)0;
    }

    // void phaseFinish(char const* phaseName) noexcept
    [UnmanagedCallersOnly]
    private static void PhaseFinish(nint self, byte* phase)
    {
        string name = Utf8.Read(phase);
        Self(self).Report(phases => phases.Remove(name, out var known) ? known with { IsFinished = true } : null);
    }
}
