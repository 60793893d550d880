using GraphPartition.Cuda;
using GraphPartition.Foundation;
using GraphPartition.TensorRt.Library;

namespace GraphPartition.TensorRt.Diagnosis;

/// <summary>What this machine has for engines, as plain data; a tool prints it.</summary>
/// <param name="Platform">For instance "linux-x64".</param>
/// <param name="Cuda">The driver, or null.</param>
/// <param name="Devices">The devices that the process sees.</param>
/// <param name="TensorRt">TensorRT and TensorRT-RTX, as far as they were found.</param>
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
    /// <summary>Whether engines can be built and run here.</summary>
    public bool CanBuild => TensorRt.Any(t => t.IsUsable && t.HasParser) && Devices.Count > 0;
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
/// <param name="Version">Its release.</param>
/// <param name="HasParser">Whether its ONNX parser is there.</param>
/// <param name="IsNewerThanKnown">Whether it is newer than the releases that the binding was made from.</param>
/// <param name="IsUsable">Whether a builder could be made and passed its checks; false too where no device was there to
/// try.</param>
public sealed record TensorRtFinding(string Path, TensorRtVersion Version, bool HasParser, bool IsNewerThanKnown, bool IsUsable);
