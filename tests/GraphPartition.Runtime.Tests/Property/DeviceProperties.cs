using FsCheck;
using FsCheck.Fluent;
using GraphPartition.CompiledModels;
using GraphPartition.Foundation;
using GraphPartition.Ir.Graphs;
using GraphPartition.Ir.Tensors;
using GraphPartition.Onnx.Reading;
using GraphPartition.Onnx.Writing;
using GraphPartition.Runtime.Devices;
using GraphPartition.Runtime.Options;
using GraphPartition.Runtime.Ort;
using GraphPartition.Runtime.Tests.Support;
using GraphPartition.TensorRt;
using Microsoft.ML.OnnxRuntime;

namespace GraphPartition.Runtime.Tests.Property;

/// <summary>Random graphs, random support and a random half of the groups on a device that does nothing before somebody waits.</summary>
public sealed class DeviceProperties
{
    [Fact]
    public void Groups_give_the_results_of_the_whole_model_on_every_device() => Check((session, model) =>
    {
        for (int run = 0; run < 4; run++) // as it comes, recorded, replayed, replayed
            if (Differs(model, session, run) is not null) return false;
        return true;
    });

    [Fact]
    public void A_context_that_keeps_its_results_gives_the_same() => Check((session, model) =>
    {
        using SessionContext context = session.CreateContext();
        using OrtValue x = OrtValues.ToOrt(TensorData.Floats(new float[6], 2, 3)),
            y = OrtValues.ToOrt(TensorData.Floats(new float[6], 2, 3));
        var feeds = new Dictionary<string, OrtValue> { ["x"] = x, ["y"] = y };
        for (int run = 0; run < 4; run++)
        {
            Fill(x, run);
            Fill(y, run + 10);
            DataValue[] actual = [.. context.Run(feeds).Select(OrtValues.ToData)];
            if (TestRun.Difference(Plain(model, feeds), actual) is not null) return false;
        }
        return true;
    });

    [Fact]
    public void A_step_that_fails_in_the_middle_leaves_the_session_usable() => Prop.ForAll(RandomModel.Codes(25), codes =>
    {
        Model model = RandomModel.FromCodes(codes);
        CompiledModel compiled = Partitions.Compile(model, "random:5:0.6");
        int runs = 0, failing = codes.Length == 0 ? 0 : codes[0] % 7;
        var stream = new SimulatedStream();
        using (ModelSession session = ModelSession.Create(
            compiled, new() { Threads = 1 }, () => stream, new SimulatedEngines(compiled, _ => true)
            {
                BeforeRun = _ => { if (runs++ == failing) throw new EnvironmentException(TensorRtCodes.EngineRunFailed, "test", "told to fail"); },
            }))
        {
            for (int run = 0; run < 3; run++)
            {
                try
                {
                    if (Differs(model, session, run) is not null) return false;
                }
                catch (EnvironmentException)
                {
                    // The one that was told to.
                }
            }
        }
        return stream.Blocks == 0 && stream.IsDisposed;
    }).Check(Config.QuickThrowOnFailure.WithMaxTest(40));

    [Fact]
    public void Steps_without_device_memory_run_on_the_cpu_if_allowed() => Prop.ForAll(RandomModel.Codes(25), codes =>
    {
        Model model = RandomModel.FromCodes(codes);
        CompiledModel compiled = Partitions.Compile(model, "random:5:0.6");
        var options = new ModelSessionOptions { Threads = 1, OutOfMemory = OutOfMemoryPolicy.RunOnCpu };
        using ModelSession session = ModelSession.Create(
            compiled, options, () => new SimulatedStream(), new SimulatedEngines(compiled, _ => true)
            {
                BeforeRun = group => { if (group.Id % 2 == 0) throw new OutOfDeviceMemoryException("test", "told to"); },
            });
        return Differs(model, session, 0) is null && Differs(model, session, 1) is null;
    }).Check(Config.QuickThrowOnFailure.WithMaxTest(30));

    private static void Check(Func<ModelSession, Model, bool> property) => Prop.ForAll(RandomModel.Codes(25), codes =>
    {
        Model model = RandomModel.FromCodes(codes);
        int seed = codes.Length == 0 ? 1 : codes[^1] % 1000;
        CompiledModel compiled = Partitions.Compile(model, $"random:{seed}:0.6");
        var stream = new SimulatedStream();
        bool holds;
        using (ModelSession session = ModelSession.Create(compiled, new() { Threads = 1, KeepGroups = seed % 2 == 0 }, First(stream),
            new SimulatedEngines(compiled, group => (group.Id * 7919 + seed) % 2 == 0))) holds = property(session, model);
        return holds && stream.Blocks == 0;
    }).Check(Config.QuickThrowOnFailure.WithMaxTest(60));

    /// <summary>Gives the stream that the test looks at first, and others behind it.</summary>
    private static Func<SimulatedStream> First(SimulatedStream stream)
    {
        SimulatedStream? next = stream;
        return () => Interlocked.Exchange(ref next, null) ?? new SimulatedStream();
    }

    private static string? Differs(Model model, ModelSession session, int seed)
    {
        using OrtValue x = OrtValues.ToOrt(TensorData.Floats(new float[6], 2, 3)),
            y = OrtValues.ToOrt(TensorData.Floats(new float[6], 2, 3));
        Fill(x, seed);
        Fill(y, seed + 10);
        var feeds = new Dictionary<string, OrtValue> { ["x"] = x, ["y"] = y };
        using RunResult result = session.Run(feeds);
        return TestRun.Difference(Plain(model, feeds), [.. result.Values.Select(OrtValues.ToData)]);
    }

    private static void Fill(OrtValue value, int seed)
    {
        Span<float> numbers = value.GetTensorMutableDataAsSpan<float>();
        for (int i = 0; i < numbers.Length; i++) numbers[i] = MathF.Sin(seed * 6 + i);
    }

    private static DataValue[] Plain(Model model, Dictionary<string, OrtValue> feeds) =>
        TestRun.RunPlain(OnnxWriter.ToBytes(model), feeds.ToDictionary(f => f.Key, f => OrtValues.ToData(f.Value)));
}
