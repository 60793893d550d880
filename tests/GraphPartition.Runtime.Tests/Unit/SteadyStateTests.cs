using GraphPartition.CompiledModels;
using GraphPartition.Foundation;
using GraphPartition.Ir.Graphs;
using GraphPartition.Ir.Tensors;
using GraphPartition.Runtime.Diagnostics;
using GraphPartition.Runtime.Ort;
using GraphPartition.Runtime.Tests.Support;
using Microsoft.ML.OnnxRuntime;

namespace GraphPartition.Runtime.Tests.Unit;

public sealed class SteadyStateTests
{
    [Theory]
    [InlineData(false, false)]
    [InlineData(true, false)]
    public void Runs_allocate_nothing(bool keepGroups, bool simulated)
    {
        CompiledModel compiled = Partitions.Compile(Sample(), "random:1:0.5");
        using ModelSession session = Session(compiled, keepGroups, simulated ? new SimulatedStream() : null);
        using SessionContext context = session.CreateContext();
        using OrtValue x = OrtValues.ToOrt(TensorData.Floats([1, 2, 3, 4, 5, 6], 2, 3)),
            y = OrtValues.ToOrt(TensorData.Floats(new float[6], 2, 3));
        var feeds = new Dictionary<string, OrtValue> { ["x"] = x, ["y"] = y };
        AssertAllocatesNothing(context, feeds);
    }

    [Fact]
    public void Static_work_is_recorded_on_the_second_run_and_replayed_after_it()
    {
        CompiledModel compiled = Partitions.Compile(Sample(), "all");
        var stream = new SimulatedStream();
        using ModelSession session = ModelSession.Create(
            compiled, new() { Threads = 1 }, () => stream, new SimulatedEngines(compiled, _ => true));
        using OrtValue x = OrtValues.ToOrt(TensorData.Floats([1, 2, 3, 4, 5, 6], 2, 3));
        var feeds = new Dictionary<string, OrtValue> { ["x"] = x, ["y"] = x };
        session.Run(feeds).Dispose();
        session.Run(feeds).Dispose();
        Assert.Equal(0, stream.Replays);
        session.Run(feeds).Dispose();
        session.Run(feeds).Dispose();
        Assert.Equal(2, stream.Replays);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Work_left_by_a_refused_recording_fails_once(int failures)
    {
        // As ONNX Runtime on CUDA: the error of a refused recording stays, and the next kernel takes it for its own.
        int runs = 0, steps = 0;
        CompiledModel compiled = Partitions.Compile(Sample(), "all");
        var engines = new SimulatedEngines(compiled, _ => true)
        {
            BeforeRun = _ =>
            {
                steps++;
                if (runs == 3 && failures-- > 0) throw new EnvironmentException(RuntimeCodes.RuntimeFailed, "test", "left behind");
            },
        };
        int expected = failures;
        using ModelSession session = ModelSession.Create(
            compiled, new() { Threads = 1 }, () => new SimulatedStream { RefusesRecordings = true }, engines);
        using OrtValue x = OrtValues.ToOrt(TensorData.Floats([1, 2, 3, 4, 5, 6], 2, 3));
        var feeds = new Dictionary<string, OrtValue> { ["x"] = x, ["y"] = x };
        for (runs = 1; runs < 3; runs++) session.Run(feeds).Dispose();
        Assert.Equal(3, steps); // the second run was done, and tried to be recorded
        if (expected == 1) session.Run(feeds).Dispose();
        else Assert.Throws<EnvironmentException>(() => session.Run(feeds));
        session.Run(feeds).Dispose();
    }

    /// <summary>Runs after many others leave the managed heap alone.</summary>
    internal static void AssertAllocatesNothing(SessionContext context, IReadOnlyDictionary<string, OrtValue> feeds)
    {
        for (int i = 0; i < 200; i++) context.Run(feeds); // past the compiler's tiers
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 100; i++) context.Run(feeds);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    private static ModelSession Session(CompiledModel compiled, bool keepGroups, SimulatedStream? stream) => stream is null
        ? ModelSession.Create(compiled, new() { Threads = 1, KeepGroups = keepGroups })
        : ModelSession.Create(compiled, new() { Threads = 1, KeepGroups = keepGroups }, () => stream,
            new SimulatedEngines(compiled, _ => true));

    private static Model Sample() => RandomModel.FromCodes(
        [.. Enumerable.Range(0, 40).Select(i => i * 7919 + 13).Where(c => c % 14 is not (12 or 13))]);
}
