using FsCheck;
using FsCheck.Fluent;
using GraphPartition.CompiledModels;
using GraphPartition.Ir.Graphs;
using GraphPartition.Ir.Tensors;
using GraphPartition.Onnx.Reading;
using GraphPartition.Onnx.Writing;
using GraphPartition.Runtime.Ort;
using GraphPartition.Runtime.Scheduling;
using GraphPartition.Runtime.Tests.Support;
using Xunit.Abstractions;

namespace GraphPartition.Runtime.Tests.Property;

/// <summary>
/// Random graphs with If, Loop and Scan, random support, and a random half of the groups, in bodies too, on a device. Without
/// graph optimization every operator is computed by itself, so results must be equal; the tolerance is there for sums.
/// </summary>
public sealed class FlowProperties(ITestOutputHelper log)
{
    private static readonly int Tests = int.TryParse(Environment.GetEnvironmentVariable("FLOW_TESTS"), out int tests) ? tests : 60;

    [Fact]
    public void Groups_in_bodies_kept_apart_give_what_the_whole_model_gives()
    {
        int flows = 0, models = 0;
        Prop.ForAll(FlowModel.Codes, codes =>
        {
            WholeModel whole = Whole(codes);
            CompiledModel compiled = Partitions.Compile(whole.Model, Support(codes));
            using ModelSession session = ModelSession.Create(compiled, new() { Threads = 1, KeepGroups = true, Optimize = false });
            models++;
            flows += CountFlows(session.Plan);
            using SessionContext context = session.CreateContext();
            for (int run = 0; run < 3; run++)
                if (Differs(whole, session, context, run) is { } difference) throw new InvalidOperationException(difference);
            return true;
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(Tests));
        log.WriteLine($"{models} models with {flows} If, Loop and Scan that the session ran");
        Assert.True(flows > models / 2);
    }

    [Fact]
    public void Groups_in_bodies_give_the_results_of_the_whole_model_on_every_device()
    {
        int flows = 0, replays = 0;
        Prop.ForAll(FlowModel.Codes, codes =>
        {
            WholeModel whole = Whole(codes);
            CompiledModel compiled = Partitions.Compile(whole.Model, Support(codes));
            int seed = codes.Length == 0 ? 1 : codes[^1] % 1000;
            var stream = new SimulatedStream();
            SimulatedStream? next = stream;
            using (ModelSession session = ModelSession.Create(compiled, new() { Threads = 1, KeepGroups = seed % 2 == 0, Optimize = false },
                () => Interlocked.Exchange(ref next, null)
                    ?? new SimulatedStream(), new SimulatedEngines(compiled, group => seed % 3 == 0 || (group.Id * 7919 + seed) % 2 == 0)))
            {
                flows += CountFlows(session.Plan);
                using SessionContext context = session.CreateContext();
                for (int run = 0; run < 4; run++) // as it comes, recorded, replayed, replayed
                    if (Differs(whole, session, context, run) is { } difference) throw new InvalidOperationException(difference);
            }
            replays += stream.Replays;
            return stream.Blocks == 0 ? true : throw new InvalidOperationException($"{stream.Blocks} blocks are left");
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(Tests));
        log.WriteLine($"{flows} If, Loop and Scan that the session ran, {replays} replays");
        Assert.True(flows > 0 && replays > 0);
    }

    private static int CountFlows(ExecutionPlan plan) => plan.Steps.Where(s => s.Bodies.Length > 0).Sum(s => 1 + s.Bodies.Sum(CountFlows));

    private static string Support(int[] codes) => $"random:{(codes.Length == 0 ? 1 : codes[0] % 1000)}:0.6";

    /// <summary>The model with what plain ONNX Runtime makes of it.</summary>
    private static WholeModel Whole(int[] codes)
    {
        Model model = FlowModel.Of(codes);
        byte[] bytes = OnnxWriter.ToBytes(model);
        return new(model, [.. Enumerable.Range(0, 4).Select(run => TestRun.RunPlain(bytes, Inputs(run), optimize: false))]);
    }

    private static string? Differs(WholeModel whole, ModelSession session, SessionContext context, int run)
    {
        DataValue[] expected = whole.Expected[run];
        return TestRun.Difference(expected, TestRun.Run(session, Inputs(run)))
            ?? TestRun.Difference(expected, TestRun.Fed(Inputs(run), feeds => [.. context.Run(feeds).Select(OrtValues.ToData)]));
    }

    private static Dictionary<string, DataValue> Inputs(int seed) => new()
    {
        ["x"] = new TensorValue(TensorData.Floats([.. Enumerable.Range(0, 6).Select(i => MathF.Sin(seed * 6 + i))], 2, 3)),
        ["y"] = new TensorValue(TensorData.Floats([.. Enumerable.Range(0, 6).Select(i => MathF.Cos(seed * 6 + i))], 2, 3)),
    };

    private sealed record WholeModel(Model Model, DataValue[][] Expected);
}
