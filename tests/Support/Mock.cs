using System.Runtime.InteropServices;
using GraphPartition.TensorRt.Library;
using Xunit;

namespace GraphPartition.TestSupport;

/// <summary>A mock TensorRT, loaded, with the ways in which tests steer and question it.</summary>
public sealed unsafe class Mock
{
    private readonly nint _handle;

    private Mock(string layout, int? claims)
    {
        // A mock builder needs a driver, as TensorRT does. Without this line, a test depends on the tests that ran before it.
        NativeLibrary.Load(Path.Combine(MockCompiler.Cuda(), "libcuda.so.1"));
        string folder = MockCompiler.TensorRt(layout, claims);
        _handle = NativeLibrary.Load(Path.Combine(folder, MockCompiler.Names(layout).Core));
        Layout = layout;
        Folder = folder;
        ((delegate* unmanaged<void>)Export("mock_reset"))();
        ForgetPlugins();
    }

    /// <summary>One layout of each kind; every layout's first and last where they differ in members that are used.</summary>
    public static readonly string[] Layouts = ["trt8_5_3", "trt8_6_1", "trt10_0_1", "trt10_16", "trt11_1", "rtx1_4", "rtx1_6"];

    public string Layout { get; }

    public string Folder { get; }

    public bool IsRtx => Layout.StartsWith("rtx", StringComparison.Ordinal);

    public LibrarySearchOptions Where => new() { Folders = [Folder], UseSystem = false, Rtx = IsRtx };

    public static Mock Open(string layout, int? claims = null) => new(layout, claims);

    public TensorRtLibrary Load()
    {
        LibrarySearch search = TensorRtLibrary.Find(Where);
        Assert.True(search.Library is not null, search.Problem?.ToString());
        return search.Library;
    }

    /// <summary>Has the next calls of a function fail, as the mock understands failing.</summary>
    public void Fail(string function, int times = 1)
    {
        nint name = Marshal.StringToCoTaskMemUTF8(function);
        ((delegate* unmanaged<nint, int, void>)Export("mock_fail"))(name, times);
        Marshal.FreeCoTaskMem(name);
    }

    /// <summary>Empties the registry of plugins.</summary>
    public void ForgetPlugins() => ((delegate* unmanaged<void>)Export("mock_forget_plugins"))();

    /// <summary>The last number that the mock noted under a key, or null.</summary>
    public long? Value(string key)
    {
        nint name = Marshal.StringToCoTaskMemUTF8(key);
        long value = ((delegate* unmanaged<nint, long>)Export("mock_value"))(name);
        Marshal.FreeCoTaskMem(name);
        return value == long.MinValue ? null : value;
    }

    /// <summary>Nothing was called wrongly and nothing of TensorRT is left alive.</summary>
    public void AssertClean()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect();
        Assert.Equal("", Text("mock_complaints"));
        Assert.Equal("", Text("mock_living"));
    }

    private string Text(string function) => Marshal.PtrToStringUTF8(((delegate* unmanaged<nint>)Export(function))())!;

    private nint Export(string name) => NativeLibrary.GetExport(_handle, name);
}
