using Microsoft.Extensions.Logging;

namespace GraphPartition.TensorRt.Library;

/// <summary>
/// nvinfer1::IErrorRecorder: the errors of one builder or runtime and of the objects that it creates. The logger, which all share, cannot
/// tell them apart. TensorRT sends an error either here or to the logger, so this class passes it on to the log.
/// </summary>
internal sealed unsafe class ErrorLog(LogScope log)
{
    private static readonly Dictionary<string, nint> Functions = new()
    {
        ["getNbErrors"] = (nint)(delegate* unmanaged<nint, int>)&GetNbErrors,
        ["getErrorCode"] = (nint)(delegate* unmanaged<nint, int, int>)&GetErrorCode,
        ["getErrorDesc"] = (nint)(delegate* unmanaged<nint, int, nint>)&GetErrorDesc,
        ["hasOverflowed"] = (nint)(delegate* unmanaged<nint, byte>)&HasOverflowed,
        ["clear"] = (nint)(delegate* unmanaged<nint, void>)&Clear,
        ["reportError"] = (nint)(delegate* unmanaged<nint, int, byte*, byte>)&ReportError,
        ["incRefCount"] = (nint)(delegate* unmanaged<nint, int>)&IncRefCount,
        ["decRefCount"] = (nint)(delegate* unmanaged<nint, int>)&DecRefCount,
    };

    private readonly List<(int Code, nint Description)> _errors = [];
    private int _references;

    public static CallbackObject Create(AbiLayout layout, ErrorLog log) => new(layout, "IErrorRecorder", log, Functions);

    /// <summary>The native object holds this one, so every TensorRT object that may report has ended before.</summary>
    ~ErrorLog() => Forget();

    private void Add(int code, string description)
    {
        lock (_errors)
        {
            _errors.Add((code, Marshal.StringToCoTaskMemUTF8(description)));
        }
        log.Write(new LogLine(LogLevel.Error, description));
    }

    private (int Code, nint Description) At(int index)
    {
        lock (_errors)
        {
            return index >= 0 && index < _errors.Count ? _errors[index] : default;
        }
    }

    private int Count()
    {
        lock (_errors)
        {
            return _errors.Count;
        }
    }

    /// <summary>Drops the errors so far.</summary>
    public void Forget()
    {
        lock (_errors)
        {
            _errors.ForEach(e => Marshal.FreeCoTaskMem(e.Description));
            _errors.Clear();
        }
    }

    private static ErrorLog Self(nint self) => CallbackObject.Target<ErrorLog>(self);

    // int32_t getNbErrors() const noexcept
    [UnmanagedCallersOnly]
    private static int GetNbErrors(nint self) => Self(self).Count();

    // ErrorCode getErrorCode(int32_t errorIdx) const noexcept
    [UnmanagedCallersOnly]
    private static int GetErrorCode(nint self, int index) => Self(self).At(index).Code;

    // ErrorDesc getErrorDesc(int32_t errorIdx) const noexcept; valid until clear()
    [UnmanagedCallersOnly]
    private static nint GetErrorDesc(nint self, int index) => Self(self).At(index).Description;

    // bool hasOverflowed() const noexcept
    [UnmanagedCallersOnly]
    private static byte HasOverflowed(nint self) => 0;

    // void clear() noexcept
    [UnmanagedCallersOnly]
    private static void Clear(nint self) => Self(self).Forget();

    // bool reportError(ErrorCode val, ErrorDesc desc) noexcept; true ends what TensorRT is doing, false lets it decide
    [UnmanagedCallersOnly]
    private static byte ReportError(nint self, int code, byte* description)
    {
        try
        {
            Self(self).Add(code, Utf8.Read(description));
        }
        catch (Exception)
        {
            // As in NativeLogger.
        }
        return 0;
    }

    // RefCount incRefCount() noexcept
    [UnmanagedCallersOnly]
    private static int IncRefCount(nint self) => Interlocked.Increment(ref Self(self)._references);

    // RefCount decRefCount() noexcept
    [UnmanagedCallersOnly]
    private static int DecRefCount(nint self) => Interlocked.Decrement(ref Self(self)._references);
}
