using System.Runtime.InteropServices;
using System.Text;
using GraphPartition.Cuda;
using Xunit;

namespace GraphPartition.TensorRt.Tests;

public sealed unsafe class CudaTests
{
    private static string Library => Path.Combine(MockCompiler.Cuda(), "libcuda.so.1");

    [MockFact]
    public void Lists_devices()
    {
        CudaDriver driver = CudaDriver.Find(Library).Driver!;
        Assert.Equal(new Version(12, 8), driver.Version);
        Assert.Equal(["Mock A, compute capability 9.0, 10240 MiB", "Mock B, compute capability 8.6, 11264 MiB"],
            driver.Devices.Select(d => d.ToString()));
        Assert.Equal(1 << 26, driver.Devices[1].FreeMemoryBytes());
        AssertClean();
    }

    [MockFact]
    public void Copies_in_order_and_waits()
    {
        CudaDevice device = CudaDriver.Find(Library).Driver!.Devices[0];
        using (CudaMemory host = CudaMemory.AllocateHost(device, 4))
        using (CudaMemory memory = CudaMemory.Allocate(device, 4))
        using (CudaStream stream = CudaStream.Create(device))
        {
            "abcd"u8.CopyTo(host.Host);
            stream.Copy(host.Pointer, memory.Pointer, 4);
            stream.Copy(memory.Pointer + 2, host.Pointer, 2);
            Assert.Equal("abcd", Encoding.ASCII.GetString(host.Host));
            stream.Synchronize();
            Assert.Equal("cdcd", Encoding.ASCII.GetString(host.Host));
            Assert.Throws<InvalidOperationException>(() => memory.Host.Length);
        }

        AssertClean();
    }

    [MockFact]
    public void Captured_work_is_done_when_launched()
    {
        CudaDevice device = CudaDriver.Find(Library).Driver!.Devices[0];
        using (CudaMemory a = CudaMemory.AllocateHost(device, 1))
        using (CudaMemory b = CudaMemory.AllocateHost(device, 1))
        using (CudaStream stream = CudaStream.Create(device))
        {
            b.Host[0] = 0;
            Assert.Throws<FormatException>(() => stream.Capture(() => throw new FormatException()));
            using CudaGraph graph = stream.Capture(() => stream.Copy(a.Pointer, b.Pointer, 1));
            stream.Synchronize();
            Assert.Equal(0, b.Host[0]);
            for (byte i = 1; i < 4; i++)
            {
                a.Host[0] = i;
                graph.Launch(stream);
                stream.Synchronize();
                Assert.Equal(i, b.Host[0]);
            }
        }

        AssertClean();
    }

    [MockFact]
    public void A_stream_waits_for_the_mark_of_another_one_and_for_nothing_after_it()
    {
        CudaDevice device = CudaDriver.Find(Library).Driver!.Devices[0];
        using (CudaMemory a = CudaMemory.AllocateHost(device, 1))
        using (CudaMemory b = CudaMemory.AllocateHost(device, 1))
        using (CudaMemory c = CudaMemory.AllocateHost(device, 1))
        using (CudaStream first = CudaStream.Create(device))
        using (CudaStream second = CudaStream.Create(device))
        using (CudaEvent mark = CudaEvent.Create(device))
        {
            second.Wait(mark); // no mark yet
            mark.Synchronize();
            (a.Host[0], b.Host[0], c.Host[0]) = (1, 2, 3);
            first.Copy(a.Pointer, b.Pointer, 1);
            mark.Record(first);
            first.Copy(c.Pointer, a.Pointer, 1);
            second.Wait(mark);
            second.Copy(b.Pointer, c.Pointer, 1);
            second.Synchronize();
            Assert.Equal((1, 1, 1), (a.Host[0], b.Host[0], c.Host[0]));
            first.Synchronize();
            mark.Record(second);
            mark.Synchronize();
        }

        AssertClean();
    }

    [MockFact]
    public void A_recorded_graph_that_copies_temporary_host_memory_is_refused()
    {
        CudaDevice device = CudaDriver.Find(Library).Driver!.Devices[0];
        nint pageable = (nint)NativeMemory.AllocZeroed(1);
        using (CudaMemory ours = CudaMemory.AllocateHost(device, 1))
        using (CudaMemory foreign = CudaMemory.AllocateHost(device, 1))
        using (CudaMemory memory = CudaMemory.Allocate(device, 1))
        using (CudaStream stream = CudaStream.Create(device))
        {
            CudaGraph? Capture(nint from, nint to, out string? reason) =>
                stream.Capture(() => stream.Copy(from, to, 1), address => address == ours.Pointer, out reason);
            using CudaGraph? allowed = Capture(ours.Pointer, memory.Pointer, out string? none);
            Assert.NotNull(allowed);
            Assert.Null(none);
            Assert.Null(Capture(pageable, memory.Pointer, out string? source));
            Assert.Null(Capture(memory.Pointer, foreign.Pointer, out string? target));
            Assert.Contains("from host memory that does not stay", source, StringComparison.Ordinal);
            Assert.Contains("to host memory that does not stay", target, StringComparison.Ordinal);
        }

        NativeMemory.Free((void*)pageable);
        AssertClean();
    }

    [MockFact]
    public void A_recorded_graph_keeps_its_tables_until_a_host_call_releases_them()
    {
        CudaDevice device = CudaDriver.Find(Library).Driver!.Devices[0];
        var launch = (delegate* unmanaged<nint, delegate* unmanaged<int*, void>, int*, int>)NativeLibrary.GetExport(
            NativeLibrary.Load(Library), "cuLaunchHostFunc");
        int calls = 0;
        int* counter = &calls;
        using (CudaMemory table = CudaMemory.AllocateHost(device, 1))
        using (CudaMemory result = CudaMemory.AllocateHost(device, 1))
        using (CudaStream stream = CudaStream.Create(device))
        {
            table.Host[0] = 7;
            using CudaGraph graph = stream.Capture(() =>
            {
                stream.Copy(table.Pointer, result.Pointer, 1);
                Assert.Equal(0, launch(stream.Pointer, &Count, counter));
            }, address => address == result.Pointer, out string? reason)!;
            Assert.Null(reason);
            Assert.Equal(1, calls);
            table.Host[0] = 8; // as its owner does with what was given back
            for (int i = 0; i < 3; i++) graph.Launch(stream);
            stream.Synchronize();
            Assert.Equal(7, result.Host[0]);
            Assert.Equal(1, calls);
        }

        AssertClean();
    }

    [UnmanagedCallersOnly]
    private static void Count(int* counter) => ++*counter;

    [MockFact]
    public void Every_thread_and_the_finaliser_find_the_context()
    {
        CudaDevice device = CudaDriver.Find(Library).Driver!.Devices[0];
        Parallel.For(0, 8, _ => CudaMemory.Allocate(device, 16).Dispose());
        Forget(device);
        GC.Collect();
        GC.WaitForPendingFinalizers();
        AssertClean();
    }

    [MockFact]
    public void Failures_report_what_and_how_much()
    {
        CudaDevice device = CudaDriver.Find(Library).Driver!.Devices[0];
        var full = Assert.Throws<CudaException>(() => CudaMemory.Allocate(device, 1 << 27));
        Assert.Equal(CudaCodes.CudaFailed, full.Diagnostic.Code);
        Assert.Equal(2, full.Status);
        Assert.Contains("allocating 134217728 bytes on the device: out of memory (CUDA error 2)", full.Message, StringComparison.Ordinal);
        using (CudaStream stream = CudaStream.Create(device))
        using (Setting("sync", 700))
        {
            Assert.Contains("CUDA error 700", Assert.Throws<CudaException>(stream.Synchronize).Message, StringComparison.Ordinal);
        }

        CudaMemory memory = CudaMemory.Allocate(device, 0);
        memory.Dispose();
        Assert.Throws<ObjectDisposedException>(() => memory.Pointer);
        AssertClean();
    }

    [MockFact]
    public void A_missing_device_has_a_reason()
    {
        Assert.Contains("not installed", CudaDriver.Find("/nowhere/libcuda.so.1").Problem!.Message, StringComparison.Ordinal);
        string notADriver = MockCompiler.VersionOnly(1, "libcuda.so.1");
        Assert.Contains("too old", CudaDriver.Find(Path.Combine(notADriver, "libcuda.so.1")).Problem!.Message, StringComparison.Ordinal);
        using (Setting("init", 100))
        {
            Assert.Contains("no CUDA-capable device is detected (CUDA error 100)", CudaDriver.Find(Library).Problem!.Message,
                StringComparison.Ordinal);
        }

        using (Setting("devices", 0, 2))
        {
            var none = CudaDriver.Find(Library);
            Assert.Null(none.Driver);
            Assert.Equal("GP4004", none.Problem!.Code.Id);
        }
    }

    [System.Runtime.CompilerServices.MethodImpl(System.Runtime.CompilerServices.MethodImplOptions.NoInlining)]
    private static void Forget(CudaDevice device)
    {
        CudaMemory.Allocate(device, 16);
        CudaStream.Create(device);
    }

    private static void AssertClean()
    {
        nint library = NativeLibrary.Load(Library);
        Assert.Equal("", Marshal.PtrToStringUTF8(((delegate* unmanaged<nint>)NativeLibrary.GetExport(library, "mock_complaints"))()));
        Assert.Equal(0, ((delegate* unmanaged<long>)NativeLibrary.GetExport(library, "mock_live"))());
    }

    private static Restore Setting(string key, long value, long before = 0)
    {
        Set(key, value);
        return new Restore(() => Set(key, before));
    }

    private static void Set(string key, long value)
    {
        nint name = Marshal.StringToCoTaskMemUTF8(key);
        ((delegate* unmanaged<nint, long, void>)NativeLibrary.GetExport(NativeLibrary.Load(Library), "mock_set"))(name, value);
        Marshal.FreeCoTaskMem(name);
    }

    private sealed class Restore(Action action) : IDisposable
    {
        public void Dispose() => action();
    }
}
