using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using GraphPartition.Compiler.Import;
using GraphPartition.ExecutionProvider.Tests.Support;
using GraphPartition.Onnx.Reading;
using GraphPartition.Operators;
using Microsoft.ML.OnnxRuntime;

namespace GraphPartition.ExecutionProvider.Tests.Unit;

/// <summary>Sessions in many threads, sessions that come and go, and the library that comes and goes.</summary>
[Collection("host")]
public sealed unsafe class LifetimeTests
{
    private const int Threads = 10, LeastRounds = 30;

    /// <summary>GP_EP_ROUNDS: how often a session is created and released; the default is for every build.</summary>
    private static readonly int Rounds =
        int.TryParse(Environment.GetEnvironmentVariable("GP_EP_ROUNDS"), out int rounds) ? Math.Max(LeastRounds, rounds) : LeastRounds;

    private static readonly string Mixed = Checkout.PathOf("testmodels", "mixed.onnx");

    [PluginFact]
    public void Ten_sessions_in_ten_threads_give_the_same_numbers()
    {
        Dictionary<string, DataValue> inputs = TestRun.Inputs(ModelFile.Read(Mixed, OperatorTable.Default).Graph);
        DataValue[] expected = Host.RunPlain(Mixed, inputs);
        var faults = new string?[Threads];
        Thread[] threads = [.. Enumerable.Range(0, Threads).Select(i => new Thread(() =>
        {
            try
            {
                using SessionOptions options = Host.Options(("support", $"random:{i}:0.6"));
                using var session = new InferenceSession(Mixed, options);
                for (int run = 0; run < 3; run++) faults[i] ??= TestRun.Difference(expected, Host.Run(session, inputs));
            }
            catch (Exception e)
            {
                faults[i] = e.ToString();
            }
        }))];
        foreach (Thread thread in threads) thread.Start();
        foreach (Thread thread in threads) thread.Join();
        Assert.All(faults, Assert.Null);
    }

    [PluginFact]
    public void One_session_serves_ten_threads()
    {
        Dictionary<string, DataValue> inputs = TestRun.Inputs(ModelFile.Read(Mixed, OperatorTable.Default).Graph);
        DataValue[] expected = Host.RunPlain(Mixed, inputs);
        using SessionOptions options = Host.Options();
        using var session = new InferenceSession(Mixed, options);
        var faults = new string?[Threads];
        Parallel.For(0, Threads, new ParallelOptions { MaxDegreeOfParallelism = Threads }, i =>
        {
            for (int run = 0; run < 5; run++) faults[i] ??= TestRun.Difference(expected, Host.Run(session, inputs));
        });
        Assert.All(faults, Assert.Null);
    }

    [PluginFact]
    public void Sessions_that_come_and_go_leave_no_memory_behind()
    {
        void CreateOne()
        {
            using SessionOptions options = Host.Options(("support", "random:2:0.5"));
            using var session = new InferenceSession(Mixed, options);
        }

        for (int i = 0; i < 10; i++) CreateOne(); // caches and arenas fill
        Host.TakeLines();
        long before = Resident();
        for (int i = 0; i < Rounds; i++)
        {
            CreateOne();
            Host.TakeLines();
        }
        long grown = Resident() - before;
        // A session of this model takes about 10 MB. A leak of each would be seen at once; the allocators may keep some pages.
        Assert.True(grown < 40L << 20, $"{Rounds} sessions left {grown / 1024} kB behind");
    }

    [PluginFact]
    public void A_copy_of_the_library_works_beside_the_first()
    {
        using var folder = new TemporaryFolder();
        string copy = folder.File("libgraphpartition_ep_copy.so");
        File.Copy(PluginLibrary.Path, copy);
        Dictionary<string, DataValue> inputs = TestRun.Inputs(ModelFile.Read(Mixed, OperatorTable.Default).Graph);
        DataValue[] expected = Host.RunPlain(Mixed, inputs);
        int before = Host.Devices.Length;
        Host.Environment.RegisterExecutionProviderLibrary("graphpartition-copy", copy);
        try
        {
            Assert.Equal(2 * before, Host.Devices.Length);
            using var options = new SessionOptions { IntraOpNumThreads = 1 };
            options.AppendExecutionProvider(Host.Environment, [Host.Processor], new Dictionary<string, string> { ["threads"] = "1" });
            using var session = new InferenceSession(Mixed, options);
            Assert.Null(TestRun.Difference(expected, Host.Run(session, inputs)));
            Assert.Null(TestRun.Difference(expected, Host.Run(Mixed, inputs)));
        }
        finally
        {
            Host.Environment.UnregisterExecutionProviderLibrary("graphpartition-copy");
        }
        Assert.Equal(before, Host.Devices.Length);
        Assert.Null(TestRun.Difference(expected, Host.Run(Mixed, inputs)));
    }

    [PluginFact]
    public void A_session_outlives_the_registration()
    {
        using var folder = new TemporaryFolder();
        string copy = folder.File("libgraphpartition_ep_short.so");
        File.Copy(PluginLibrary.Path, copy);
        Dictionary<string, DataValue> inputs = TestRun.Inputs(ModelFile.Read(Mixed, OperatorTable.Default).Graph);
        DataValue[] expected = Host.RunPlain(Mixed, inputs);
        int before = Host.Devices.Length;
        for (int round = 0; round < 2; round++) // registered again too
        {
            Host.Environment.RegisterExecutionProviderLibrary("graphpartition-short", copy);
            using var options = new SessionOptions { IntraOpNumThreads = 1 };
            options.AppendExecutionProvider(Host.Environment, [Host.Processor], new Dictionary<string, string> { ["threads"] = "1" });
            using var session = new InferenceSession(Mixed, options);
            Host.Environment.UnregisterExecutionProviderLibrary("graphpartition-short");
            Assert.Equal(before, Host.Devices.Length);
            Assert.Null(TestRun.Difference(expected, Host.Run(session, inputs)));
        }
    }

    [PluginTheory]
    [InlineData("1.22.0", 22, false)]
    [InlineData("1.9.1", 9, false)]
    [InlineData("1.23.0", 23, true)]
    [InlineData("1.31.0", 31, true)]
    [InlineData("1.99.0", 99, true)]
    [InlineData("built from source", 31, true)]
    public void An_older_or_newer_host_is_understood(string version, int newest, bool isTaken)
    {
        FakeHost.Newest = newest;
        FakeHost.Version = version;
        nint library = NativeLibrary.Load(PluginLibrary.Path), factory = 0;
        var create = (delegate* unmanaged[Cdecl]<nint, nint*, nint, nint*, nuint, nuint*, nint>)NativeLibrary.GetExport(library, "CreateEpFactories");
        nint* apiBase = stackalloc nint[2];
        apiBase[0] = (nint)(delegate* unmanaged[Cdecl]<uint, nint>)&FakeHost.GetApi;
        apiBase[1] = (nint)(delegate* unmanaged[Cdecl]<nint>)&FakeHost.GetVersion;
        nuint made = 7;
        nint status = create(0, apiBase, 0, &factory, 1, &made);
        if (isTaken)
        {
            Assert.Equal((0, (nuint)1), (status, made));
            Assert.Equal((uint)Math.Min(newest, 31), *(uint*)factory);
            ((delegate* unmanaged[Cdecl]<nint, nint>)NativeLibrary.GetExport(library, "ReleaseEpFactory"))(factory);
            return;
        }
        string message = FakeHost.TakeMessage(status);
        Assert.Equal((nuint)0, made);
        Assert.Contains("GP5101", message, StringComparison.Ordinal);
        Assert.Contains(version, message, StringComparison.Ordinal);
    }

    private static long Resident()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        using var process = Process.GetCurrentProcess();
        return process.WorkingSet64;
    }

    /// <summary>An OrtApiBase that states any version; its tables are the real ones.</summary>
    private static class FakeHost
    {
        private const int GetErrorMessage = 2, ReleaseStatus = 93;

        public static int Newest { get; set; }

        public static string Version { get; set; } = "";

        private static readonly nint Real = NativeLibrary.GetExport(
            NativeLibrary.Load("onnxruntime", typeof(InferenceSession).Assembly, null), "OrtGetApiBase");

        [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
        public static nint GetApi(uint version) => version <= Newest ? Table(Math.Min(version, 31)) : 0;

        [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
        public static nint GetVersion() => Marshal.StringToCoTaskMemUTF8(Version); // a few bytes for each test

        public static string TakeMessage(nint status)
        {
            var api = (nint*)Table(31);
            string message = Marshal.PtrToStringUTF8(((delegate* unmanaged[Cdecl]<nint, nint>)api[GetErrorMessage])(status))!;
            ((delegate* unmanaged[Cdecl]<nint, void>)api[ReleaseStatus])(status);
            return message;
        }

        private static nint Table(uint version)
        {
            var apiBase = (nint*)((delegate* unmanaged[Cdecl]<nint>)Real)();
            return ((delegate* unmanaged[Cdecl]<uint, nint>)apiBase[0])(version);
        }
    }
}
