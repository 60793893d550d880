using System.Runtime.InteropServices;
using GraphPartition.Cuda;
using GraphPartition.Foundation;
using GraphPartition.TensorRt.Library;
using Microsoft.Extensions.Logging;

namespace GraphPartition.TensorRt.Diagnosis;

/// <summary>Looks at what there is for engines. Never throws for what the machine lacks.</summary>
public static class Doctor
{
    /// <summary>Examines this machine.</summary>
    /// <param name="options">Where to look for TensorRT; <see cref="LibrarySearchOptions.Rtx"/> is of no account, both are
    /// looked for.</param>
    /// <param name="cudaPath">The driver's library; by default the one that the loader finds.</param>
    /// <param name="logger">Receives TensorRT's messages while a builder is tried.</param>
    public static DoctorReport Examine(LibrarySearchOptions? options = null, string cudaPath = "libcuda.so.1", ILogger? logger = null)
    {
        options ??= LibrarySearchOptions.FromEnvironment();
        List<Diagnostic> problems = [];
        CudaSearch cuda = CudaDriver.Find(cudaPath);
        if (cuda.Problem is { } noCuda)
        {
            problems.Add(noCuda);
        }

        LibrarySearch enterprise = TensorRtLibrary.Find(options with { Rtx = false });
        LibrarySearch rtx = TensorRtLibrary.Find(options with { Rtx = true });
        TensorRtLibrary[] libraries = [.. new[] { enterprise.Library, rtx.Library }.OfType<TensorRtLibrary>()];
        if (libraries.Length == 0 && enterprise.Problem is { } noTensorRt)
        {
            problems.Add(noTensorRt); // TensorRT-RTX is an alternative, its absence alone is nothing to report
        }

        problems.AddRange(libraries.Where(l => !l.HasParser)
            .Select(l => Codes.NoOnnxParser.At(l.Path, $"{l.Version} has no ONNX parser beside it")));
        return new DoctorReport(
            RuntimeInformation.RuntimeIdentifier,
            cuda.Driver is { } driver ? new DriverFinding(driver.Path, driver.Version) : null,
            [.. cuda.Driver?.Devices.Select(d => new DeviceFinding(d.Ordinal, d.Name, d.ComputeCapability, d.MemoryBytes)) ?? []],
            [.. libraries.Select(l => Describe(l, isUsable: cuda.Driver is not null && Works(l, logger, problems)))],
            [.. enterprise.Attempts, .. rtx.Attempts],
            problems);
    }

    private static TensorRtFinding Describe(TensorRtLibrary library, bool isUsable) =>
        new(library.Path, library.Version, library.HasParser, library.IsNewerThanKnown, isUsable);

    /// <summary>Makes a builder, which runs all self-checks of the binding on this library.</summary>
    private static bool Works(TensorRtLibrary library, ILogger? logger, List<Diagnostic> problems)
    {
        try
        {
            library.CreateBuilder(logger).Dispose();
            return true;
        }
        catch (TensorRtException e)
        {
            problems.Add(e.Diagnostic);
            return false;
        }
    }
}
