using FsCheck;
using FsCheck.Fluent;
using GraphPartition.CompiledModels;
using GraphPartition.Ir.Graphs;
using GraphPartition.Ir.Tensors;
using GraphPartition.Onnx.Reading;
using GraphPartition.Onnx.Writing;
using GraphPartition.Runtime.Kernels;
using GraphPartition.Runtime.Scheduling;
using GraphPartition.Runtime.Tests.Support;
using Xunit.Abstractions;

namespace GraphPartition.Runtime.Tests.Property;

/// <summary>
/// Random graphs with If, Loop and Scan in which C# kernels compute some operators that ONNX Runtime has too, in bodies as well:
/// with random support, with groups apart or not, on the host or with a device for some groups.
/// </summary>
public sealed class KernelProperties(ITestOutputHelper log)
{
    private static readonly ICustomKernel[] Kernels =
    [
        CustomKernel.Of("Relu", call => Map(call, x => MathF.Max(x, 0))),
        CustomKernel.Of("Neg", call => Map(call, x => -x)),
        CustomKernel.Of("Abs", call => Map(call, MathF.Abs)),
    ];

    [Fact]
    public void Kernels_in_C_give_the_results_of_the_whole_model()
    {
        int steps = 0, nested = 0;
        Prop.ForAll(FlowModel.Codes, codes =>
        {
            int seed = codes.Length == 0 ? 1 : codes[^1] % 1000;
            Model model = FlowModel.Of(codes);
            DataValue[] expected = TestRun.RunPlain(OnnxWriter.ToBytes(model), Inputs, optimize: false);
            CompiledModel compiled = Partitions.Compile(model, $"random:{seed}:0.6");
            var options = new Options.ModelSessionOptions
            {
                Threads = 1,
                Optimize = false,
                KeepGroups = seed % 2 == 0,
                Kernels = [.. Kernels],
            };
            using ModelSession session = seed % 3 == 0 ? ModelSession.Create(compiled, options)
                : ModelSession.Create(
                    compiled, options, () => new SimulatedStream(), new SimulatedEngines(compiled, g => (g.Id + seed) % 2 == 0));
            steps += session.Plan.Steps.Count(s => s.IsKernel);
            nested += session.Plan.Steps.Sum(s => s.Bodies.Sum(Count));
            for (int run = 0; run < 3; run++)
                if (TestRun.Difference(expected, TestRun.Run(session, Inputs)) is { } difference)
                    throw new InvalidOperationException(difference);
            return true;
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(60));
        log.WriteLine($"{steps} kernels in graphs, {nested} in bodies");
        Assert.True(steps > 10 && nested > 10);
    }

    private static int Count(ExecutionPlan plan) => plan.Steps.Count(s => s.IsKernel) + plan.Steps.Sum(s => s.Bodies.Sum(Count));

    private static void Map(KernelCall call, Func<float, float> function)
    {
        ReadOnlySpan<float> x = call.Input<float>(0);
        Span<float> y = call.Output<float>(0, call.ShapeOf(0));
        for (int i = 0; i < x.Length; i++) y[i] = function(x[i]);
    }

    private static Dictionary<string, DataValue> Inputs => new()
    {
        ["x"] = new TensorValue(TensorData.Floats([.. Enumerable.Range(0, 6).Select(i => MathF.Sin(i))], 2, 3)),
        ["y"] = new TensorValue(TensorData.Floats([.. Enumerable.Range(0, 6).Select(i => MathF.Cos(i))], 2, 3)),
    };
}
