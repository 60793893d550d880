namespace GraphPartition.TensorRt.Library;

/// <summary>nvinfer1::ILogger over a <see cref="LogHub"/>.</summary>
internal static unsafe class NativeLogger
{
    private static readonly Dictionary<string, nint> Functions = new()
    {
        ["log"] = (nint)(delegate* unmanaged<nint, int, byte*, void>)&Log,
    };

    public static CallbackObject Create(AbiLayout layout, LogHub hub) => new(layout, "ILogger", hub, Functions);

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
            // An exception must not reach C++, and there is no caller to report it to.
        }
    }
}
