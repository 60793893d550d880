using GraphPartition.Foundation;

namespace GraphPartition.Cuda;

/// <summary>
/// The CUDA driver of this machine. The driver's own interface is used, not the runtime's: it is part of every driver, and its
/// streams and memory are those of the runtime that TensorRT and ONNX Runtime link (both use each device's primary context).
/// </summary>
public sealed unsafe class CudaDriver
{
    private CudaDriver(CudaFunctions functions, string path)
    {
        Functions = functions;
        Path = path;
        int version;
        Check(functions.DriverGetVersion(&version), "cuDriverGetVersion");
        Version = new Version(version / 1000, version % 1000 / 10);
        int count;
        Check(functions.DeviceGetCount(&count), "cuDeviceGetCount");
        Devices = [.. Enumerable.Range(0, count).Select(i => new CudaDevice(this, i))];
    }

    /// <summary>The library's file, or the name by which the loader found it.</summary>
    public string Path { get; }

    /// <summary>The newest CUDA release that the driver runs.</summary>
    public Version Version { get; }

    /// <summary>The devices that the process may see; at least one.</summary>
    public IReadOnlyList<CudaDevice> Devices { get; }

    internal CudaFunctions Functions { get; }

    /// <summary>Looks for the driver and its devices.</summary>
    /// <param name="file">The library's file; null: the driver of this system.</param>
    public static CudaSearch Find(string? file = null)
    {
        string path = file ?? (OperatingSystem.IsWindows() ? "nvcuda.dll" : "libcuda.so.1");
        if (!Loader.TryLoad(path, out nint library, out string reason))
            return new CudaSearch(null, CudaCodes.NoCudaDevice.At(path, $"the driver is not installed: {reason}"));
        try
        {
            CudaFunctions functions = new(library);
            int status = functions.Init(0);
            if (status != 0)
            {
                string why = Describe(functions, status);
                return new CudaSearch(null, CudaCodes.NoCudaDevice.At(path, $"the driver is there but does not start: {why}"));
            }
            CudaDriver driver = new(functions, path);
            return driver.Devices.Count > 0
                ? new CudaSearch(driver, null)
                : new CudaSearch(null, CudaCodes.NoCudaDevice.At(path, "the driver is there but sees no device"));
        }
        catch (EntryPointNotFoundException e)
        {
            return new CudaSearch(null, CudaCodes.NoCudaDevice.At(path, $"the driver is too old (CUDA 11.4 is needed): {e.Message}"));
        }
        catch (CudaException e)
        {
            return new CudaSearch(null, CudaCodes.NoCudaDevice.At(path, e.Diagnostic.Message));
        }
    }

    internal void Check(int status, string call)
    {
        if (status != 0) throw new CudaException(status, call, Describe(Functions, status));
    }

    private static string Describe(CudaFunctions functions, int status)
    {
        byte* text = null;
        bool known = functions.GetErrorString(status, &text) == 0 && text != null;
        return known ? $"{Utf8.Read(text)} (CUDA error {status})" : $"CUDA error {status}";
    }
}

/// <summary>The outcome of looking for a CUDA device: the driver, or why there is none.</summary>
/// <param name="Driver">The driver; null where it cannot be used.</param>
/// <param name="Problem">Why not, with the remedy; null where it can.</param>
public sealed record CudaSearch(CudaDriver? Driver, Diagnostic? Problem);

/// <summary>A call of the CUDA driver failed. Errors of earlier asynchronous work show in later calls.</summary>
public sealed class CudaException : EnvironmentException
{
    internal CudaException(int status, string call, string description)
        : base(CudaCodes.CudaFailed, call, description) => Status = status;

    /// <summary>CUresult (cuda.h): for instance 2 is out of memory.</summary>
    public int Status { get; }
}
