using System.Runtime.InteropServices;
using GraphPartition.Cuda;
using GraphPartition.TensorRt.Abi;
using GraphPartition.TensorRt.Library;

namespace GraphPartition.TensorRt.Callbacks;

/// <summary>nvinfer1::ILogger over a <see cref="LogHub"/>.</summary>
internal static unsafe class NativeLogger
{
    private static readonly Dictionary<string, nint> Functions = new()
    {
        ["log"] = (nint)(delegate* unmanaged<nint, int, byte*, void>)&Log,
    };

    public static CallbackObject Create(Family family, LogHub hub) => new(family, "ILogger", hub, Functions);

    // void log(Severity severity, AsciiChar const* msg) noexcept
    [UnmanagedCallersOnly]
    private static void Log(nint self, int severity, byte* message)
    {
        try
        {
            CallbackObject.Target<LogHub>(self).Write(LogLine.Of(severity, Utf8.Read(message)));
        }
        catch (Exception)
        {
            // A user's logger that throws must not end the process; there is nobody to tell.
        }
    }
}
