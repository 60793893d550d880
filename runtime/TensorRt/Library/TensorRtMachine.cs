namespace GraphPartition.TensorRt.Library;

/// <summary>The TensorRT and the device of this machine: what engines are built for and run on.</summary>
/// <param name="Library">TensorRT.</param>
/// <param name="Device">The device.</param>
public sealed record TensorRtMachine(TensorRtLibrary Library, CudaDevice Device)
{
    /// <summary>Searches for both. Without TensorRT, TensorRT-RTX is used.</summary>
    public static MachineSearch Find(MachineOptions? options = null)
    {
        options ??= new MachineOptions();
        CudaSearch cuda = CudaDriver.Find(options.CudaPath);
        LibrarySearchOptions libraries = options.Libraries ?? LibrarySearchOptions.FromEnvironment();
        LibrarySearch search = TensorRtLibrary.Find(libraries);
        IReadOnlyList<LibraryAttempt> attempts = search.Attempts;
        if (search.Library is null && !libraries.Rtx)
        {
            LibrarySearch rtx = TensorRtLibrary.Find(libraries with { Rtx = true });
            attempts = [.. attempts, .. rtx.Attempts];
            search = rtx.Library is null ? search : rtx;
        }
        if (search.Library is not { } library) return new MachineSearch(null, attempts, search.Problem);
        if (cuda.Driver is not { } driver) return new MachineSearch(null, attempts, cuda.Problem);
        if (options.Ordinal < 0 || options.Ordinal >= driver.Devices.Count)
        {
            string devices = string.Join(", ", driver.Devices.Select(d => $"{d.Ordinal}: {d}"));
            return new MachineSearch(null, attempts, CudaCodes.NoCudaDevice.At($"device {options.Ordinal}", $"there are {devices}"));
        }
        return new MachineSearch(new TensorRtMachine(library, driver.Devices[options.Ordinal]), attempts, null);
    }
}

/// <summary>Where to search for TensorRT and the CUDA driver, and which device to use.</summary>
public sealed record MachineOptions
{
    /// <summary>Where to search for TensorRT; null is the usual search.</summary>
    public LibrarySearchOptions? Libraries { get; init; }

    /// <summary>The CUDA driver's library file; null: the driver of this system.</summary>
    public string? CudaPath { get; init; }

    /// <summary>The device's number among those that the process sees.</summary>
    public int Ordinal { get; init; }
}

/// <summary>The outcome of looking for TensorRT and a device.</summary>
/// <param name="Machine">Both; null where either is missing.</param>
/// <param name="Attempts">Every library that was tried.</param>
/// <param name="Problem">What is missing, with the remedy; null where nothing is.</param>
public sealed record MachineSearch(TensorRtMachine? Machine, IReadOnlyList<LibraryAttempt> Attempts, Diagnostic? Problem);
