using GraphPartition.TensorRt.Build;
using GraphPartition.TensorRt.Library;

namespace GraphPartition.TensorRt.Diagnosis;

/// <summary>Examines what this machine has for engines. What is missing is reported, never thrown.</summary>
public static class Doctor
{
    /// <summary>Examines this machine. Without a trial it takes well under a second, because no builder is created.</summary>
    /// <param name="options">Where to search. TensorRT and TensorRT-RTX are both searched for.</param>
    /// <param name="cudaPath">The CUDA driver's library file; null: the driver of this system.</param>
    /// <param name="trial">Tries to build, and returns why that fails or null (<see cref="TryHere"/>); null: nothing is tried.</param>
    public static DoctorReport Examine(
        LibrarySearchOptions? options = null, string? cudaPath = null, Func<BuildMachine, Diagnostic?>? trial = null)
    {
        options ??= LibrarySearchOptions.FromEnvironment();
        List<Diagnostic> problems = [];
        CudaSearch cuda = CudaDriver.Find(cudaPath);
        if (cuda.Problem is { } noCuda) problems.Add(noCuda);
        LibrarySearch enterprise = TensorRtLibrary.Find(options with { Rtx = false });
        LibrarySearch rtx = TensorRtLibrary.Find(options with { Rtx = true });
        TensorRtLibrary[] libraries = [.. new[] { enterprise.Library, rtx.Library }.OfType<TensorRtLibrary>()];
        if (libraries.Length == 0 && enterprise.Problem is { } noTensorRt)
        {
            problems.Add(noTensorRt); // TensorRT-RTX is an alternative, so its absence alone is not a problem
        }
        problems.AddRange(libraries.Where(l => !l.HasParser)
            .Select(l => TensorRtCodes.NoOnnxParser.At(l.Path, $"{l.Release} has no ONNX parser beside it")));
        return new DoctorReport(
            RuntimeInformation.RuntimeIdentifier,
            cuda.Driver is { } driver ? new DriverFinding(driver.Path, driver.Version) : null,
            [.. cuda.Driver?.Devices.Select(d => new DeviceFinding(d.Ordinal, d.Name, d.ComputeCapability, d.MemoryBytes)) ?? []],
            [.. libraries.Select(l => Describe(l, IsUsable(l, cuda.Driver, trial, problems)))],
            [.. enterprise.Attempts, .. rtx.Attempts],
            problems);
    }

    /// <summary>A trial in this process: creates a builder, which runs all self-checks of the binding on the library.</summary>
    /// <param name="machine">The machine.</param>
    /// <returns>Why that fails; null if it does not.</returns>
    public static Diagnostic? TryHere(BuildMachine machine)
    {
        try
        {
            machine.Device?.MakeCurrent();
            if (machine.Library is { } library) TrtBuilder.Create(library).Dispose();
            return null;
        }
        catch (EnvironmentException e)
        {
            return e.Diagnostic;
        }
    }

    private static TensorRtFinding Describe(TensorRtLibrary library, bool? isUsable) =>
        new(library.Path, library.Release, library.HasParser, library.IsNewerThanKnown, isUsable)
        {
            Capabilities = BuildOptions.CapabilitiesOf(library.Release),
        };

    /// <summary>Whether the library builds here; null if it was not tried.</summary>
    private static bool? IsUsable(
        TensorRtLibrary library, CudaDriver? driver, Func<BuildMachine, Diagnostic?>? trial, List<Diagnostic> problems)
    {
        BuildMachine? machine = driver is not null ? BuildMachine.Of(library, driver.Devices[0])
            : BuildOptions.CapabilitiesOf(library.Release) is [var capability, ..] ? BuildMachine.Of(library, capability) : null;
        if (machine is null) return false;
        if (trial is null) return null;
        if (trial(machine) is not { } problem) return true;
        problems.Add(problem);
        return false;
    }
}

/// <summary>What this machine has for engines, as plain data.</summary>
/// <param name="Platform">For instance "linux-x64".</param>
/// <param name="Cuda">The driver, or null.</param>
/// <param name="Devices">The devices that the process sees.</param>
/// <param name="TensorRt">TensorRT and TensorRT-RTX, if they were found.</param>
/// <param name="Attempts">Every file that was tried, with the outcome.</param>
/// <param name="Problems">What is missing, each with its remedy; empty where engines can be built and run.</param>
public sealed record DoctorReport(
    string Platform,
    DriverFinding? Cuda,
    IReadOnlyList<DeviceFinding> Devices,
    IReadOnlyList<TensorRtFinding> TensorRt,
    IReadOnlyList<LibraryAttempt> Attempts,
    IReadOnlyList<Diagnostic> Problems)
{
    /// <summary>Whether engines can be built here, as far as is known without a trial.</summary>
    public bool CanBuild => TensorRt.Any(t => t.IsUsable != false && t.HasParser);

    /// <summary>Whether engines can be run here. Without a device, some libraries still build them for others.</summary>
    public bool CanRun => TensorRt.Any(t => t.IsUsable != false) && Devices.Count > 0;
}

/// <summary>The CUDA driver.</summary>
/// <param name="Path">Its library.</param>
/// <param name="CudaVersion">The newest CUDA release that it runs.</param>
public sealed record DriverFinding(string Path, Version CudaVersion);

/// <summary>A device.</summary>
/// <param name="Ordinal">Its number.</param>
/// <param name="Name">Its name.</param>
/// <param name="ComputeCapability">Its architecture.</param>
/// <param name="MemoryBytes">Its memory.</param>
public sealed record DeviceFinding(int Ordinal, string Name, ComputeCapability ComputeCapability, long MemoryBytes);

/// <summary>A TensorRT library.</summary>
/// <param name="Path">Its file.</param>
/// <param name="Release">Its release.</param>
/// <param name="HasParser">Whether its ONNX parser is there.</param>
/// <param name="IsNewerThanKnown">Whether it is newer than the headers that the binding comes from.</param>
/// <param name="IsUsable">Whether it builds here; null if it was not tried. False if there is no device and it needs one.</param>
public sealed record TensorRtFinding(string Path, TensorRtRelease Release, bool HasParser, bool IsNewerThanKnown, bool? IsUsable)
{
    /// <summary>The compute capabilities that this TensorRT can build for without a device. Empty: it cannot build without one.</summary>
    public IReadOnlyList<ComputeCapability> Capabilities { get; init; } = [];
}
