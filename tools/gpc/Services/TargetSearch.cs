using GraphPartition.Cuda;
using GraphPartition.Foundation;
using GraphPartition.Gpc.Requests;
using GraphPartition.TensorRt;
using GraphPartition.TensorRt.Build;
using GraphPartition.TensorRt.Library;

namespace GraphPartition.Gpc.Services;

/// <summary>
/// Finds what to build for where this machine does not both build and run: other GPUs, and releases that only a command builds.
/// </summary>
/// <param name="request">The options that the user gave.</param>
internal sealed class TargetSearch(EngineRequest request)
{
    private readonly MachineOptions _options = request.Machine.Options;

    private bool IsWithoutDevice => request.ForAll || request.For.Count > 0;

    /// <summary>The targets.</summary>
    /// <param name="target">The release that the user plans for; null: that of the library.</param>
    /// <param name="problem">Why there are none; null if there are some.</param>
    public IReadOnlyList<BuildMachine> Find(TensorRtRelease? target, out Diagnostic? problem)
    {
        LibrarySearchOptions where = _options.Libraries ?? LibrarySearchOptions.FromEnvironment();
        LibrarySearch[] searches = [TensorRtLibrary.Find(where with { Rtx = false }), TensorRtLibrary.Find(where with { Rtx = true })];
        TensorRtLibrary? library = Choose([.. searches.Select(s => s.Library).OfType<TensorRtLibrary>()], target);
        library?.LoadPlugins(_options.Plugins);
        // A library that is refused still tells which release the command is likely to be of.
        TensorRtRelease? release = library?.Release ?? target ?? searches.SelectMany(s => s.Attempts).Select(a => a.Release)
            .FirstOrDefault(r => r is not null);
        problem = library is null && request.Command is null ? searches[0].Problem
            : release is null ? GpcCodes.BadOption.At("--builder-command", "no library tells its release: give it by --target")
            : library is { HasParser: false } && request.Command is null
                ? TensorRtCodes.NoOnnxParser.At(library.Path, $"there is no ONNX parser beside {library.Release}") : null;
        if (problem is not null) return [];
        if (!IsWithoutDevice) return ForDevice(release!.Value, library, out problem);
        IReadOnlyList<ComputeCapability> capabilities = request.ForAll ? BuildOptions.CapabilitiesOf(release!.Value) : request.For;
        if (capabilities.Count == 0)
            throw TensorRtCodes.OptionUnavailable.Error("--for all", $"{release} builds only for the device of this machine; name capabilities, "
                + "or use TensorRT-RTX");
        return [.. capabilities.Select(c => new BuildMachine(release!.Value, null, c) { Library = library })];
    }

    /// <summary>
    /// The library to build with. Engines for a named capability need TensorRT-RTX. A command may be of another release than every library:
    /// then none can judge or load for it.
    /// </summary>
    private TensorRtLibrary? Choose(TensorRtLibrary[] libraries, TensorRtRelease? target)
    {
        if (request.Command is not null)
            return libraries.FirstOrDefault(l => l.HasParser && (target is null || l.Release.WithoutPatch == target.Value.WithoutPatch));
        return libraries.FirstOrDefault(l => BuildOptions.CapabilitiesOf(l.Release).Count > 0) ?? libraries.FirstOrDefault();
    }

    private BuildMachine[] ForDevice(TensorRtRelease release, TensorRtLibrary? library, out Diagnostic? problem)
    {
        CudaSearch cuda = CudaDriver.Find(_options.CudaPath);
        problem = cuda.Problem;
        if (cuda.Driver is not { } driver) return [];
        if (_options.Ordinal >= driver.Devices.Count)
        {
            problem = CudaCodes.NoCudaDevice.At($"device {_options.Ordinal}", $"there are {driver.Devices.Count} devices");
            return [];
        }
        CudaDevice device = driver.Devices[_options.Ordinal];
        return [new(release, device, device.ComputeCapability) { Library = library }];
    }
}
