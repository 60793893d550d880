using System.Collections.Immutable;
using System.Diagnostics;
using GraphPartition.Compiler.Cost;
using GraphPartition.Foundation;
using GraphPartition.Ir.Graphs;
using GraphPartition.Ir.Tensors;
using GraphPartition.Ir.Types;
using GraphPartition.Operators;
using GraphPartition.Runtime.Diagnostics;
using GraphPartition.Runtime.Options;
using GraphPartition.Runtime.Ort;
using MathNet.Numerics.Statistics;
using Microsoft.ML.OnnxRuntime;

namespace GraphPartition.Gpc.Services;

/// <summary>
/// Measures the parameters of a device for the cost model, in ONNX Runtime without graph optimization. Each parameter is the time
/// difference of two chains of one operator, one twice as long as the other. Costs that both have (the call, input copies) cancel.
/// </summary>
/// <param name="options">Where and how sessions run.</param>
/// <param name="seconds">How long each parameter is measured.</param>
internal sealed class Calibration(ModelSessionOptions options, double seconds)
{
    private const int FewestPairs = 9;

    // Larger than caches and large enough to fill the device; small enough to take only a few milliseconds.
    private long Elements => options.Device == Device.Cuda ? 1 << 25 : 1 << 22;

    private long Side => options.Device == Device.Cuda ? 4096 : 512;

    /// <summary>Measures everything.</summary>
    /// <exception cref="EnvironmentException">GP5006, GP5007: ONNX Runtime fails, or the machine is too busy to measure.</exception>
    public DeviceProfile Measure(Action<string> stage)
    {
        stage("launches");
        double launch = PerNode("launches", Chain("Neg", 200, [1]), Chain("Neg", 100, [1]), 100);
        stage("memory");
        double memory = PerNode("memory traffic", Chain("Neg", 16, [Elements]), Chain("Neg", 8, [Elements]), 8);
        stage("arithmetic");
        double product = PerNode("arithmetic", Chain("MatMul", 8, [Side, Side]), Chain("MatMul", 4, [Side, Side]), 4);
        stage("calls");
        double tensor = PerNode("tensors of a call", Parallel(16), Parallel(8), 8) - launch; // each has an input, a node and an output
        double call = CallMicroseconds(Chain("Neg", 1, [1])) - launch;

        double flops = 2e6 * Side * Side * Side / Math.Max(product - launch, 0.05 * product);
        double bytes = 1e6 * 2 * sizeof(float) * Elements / Math.Max(memory - launch, 0.05 * memory);
        var speed = new ExecutorSpeed(Rounded(flops), Rounded(bytes), Rounded(launch));
        return new(
            options.Device == Device.Cuda ? "CUDA device of this machine" : $"CPU of this machine, {Environment.ProcessorCount} cores",
            speed, speed with { LaunchMicroseconds = Rounded(launch / 2) }, Rounded(Math.Max(0, call)), Rounded(Math.Max(0, tensor)),
                Rounded(bytes))
        {
            Measured = $"ONNX Runtime {OrtEnv.Instance().GetVersionString()}",
            Assumed =
            [
                "engine.flopsPerSecond, engine.bytesPerSecond: as fast as the fallback",
                "engine.launchMicroseconds: half of the fallback's",
                "callMicroseconds: what a call of a one-node session costs",
                    "copyBytesPerSecond: tensors stay on the device and cost a pass over memory",
            ],
        };
    }

    // The median time difference of two sessions that run in turn, in microseconds for each extra node.
    private double PerNode(string what, Model longer, Model shorter, int more)
    {
        using PlainSession first = PlainSession.Load(longer, options), second = PlainSession.Load(shorter, options);
        using Feeds a = new(longer.Graph), b = new(shorter.Graph);
        var differences = new List<double>();
        Repeat(() => differences.Add(Time(() => first.Run(a.Values).Dispose()) - Time(() => second.Run(b.Values).Dispose())));
        double difference = differences.Median() / more;
        return difference > 0 ? difference
            : throw new EnvironmentException(
                RuntimeCodes.RuntimeFailed, what, "the machine is too busy to measure: a longer chain took no longer");
    }

    private double CallMicroseconds(Model model)
    {
        using PlainSession session = PlainSession.Load(model, options);
        using Feeds feeds = new(model.Graph);
        var times = new List<double>();
        Repeat(() => times.Add(Time(() => session.Run(feeds.Values).Dispose())));
        return times.Median();
    }

    private void Repeat(Action pair)
    {
        for (int i = 0; i < 3; i++) pair();
        long start = Stopwatch.GetTimestamp();
        for (int i = 0; i < FewestPairs || Stopwatch.GetElapsedTime(start).TotalSeconds < seconds; i++) pair();
    }

    private static double Time(Action action)
    {
        long start = Stopwatch.GetTimestamp();
        action();
        return Stopwatch.GetElapsedTime(start).TotalMicroseconds;
    }

    // x -> op -> op -> ...; a matrix product uses a constant whose powers stay small.
    private static Model Chain(string op, int length, long[] shape)
    {
        var builder = new GraphBuilder(OperatorTable.Default) { Name = "calibration" };
        Value value = builder.Input("x", IrType.Tensor(ElementType.Float32, Shape.Of(shape)));
        Value? weight = op == "MatMul"
            ? builder.Constant("w", TensorData.Floats(Enumerable.Repeat(1f / shape[0], (int)(shape[0] * shape[1])).ToArray(), shape))
                : null;
        for (int i = 0; i < length; i++) value = builder.Op(op, $"v{i}", weight is null ? [value] : [value, weight]);
        return ModelOf(builder.Build(value));
    }

    private static Model Parallel(int width)
    {
        var builder = new GraphBuilder(OperatorTable.Default) { Name = "calibration" };
        var outputs = new Value[width];
        for (
            int i = 0; i < width; i++) outputs[i] = builder.Op("Neg", $"y{i}",
                [builder.Input($"x{i}", IrType.Tensor(ElementType.Float32, Shape.Of(1)))]);
        return ModelOf(builder.Build(outputs));
    }

    private static Model ModelOf(Graph graph) => new(graph)
    {
        Opsets = OpsetVersions.Standard(18),
        FormatVersion = 8,
    };

    private static double Rounded(double value) => double.Parse(value.ToString("G3"));

    private sealed class Feeds(Graph graph) : IDisposable
    {
        public Dictionary<string, OrtValue> Values { get; } = graph.Inputs.ToDictionary(v => v.Name, v => OrtValues.ToOrt(Ones(v)));

        public void Dispose()
        {
            foreach (OrtValue value in Values.Values) value.Dispose();
        }

        private static TensorData Ones(Value value)
        {
            ImmutableArray<long> dims = [.. ((TensorType)value.Type).Shape!.Dims.Select(d => d.Size)];
            return TensorData.Floats(Enumerable.Repeat(1f, (int)TensorData.CountOf(dims)).ToArray(), [.. dims]);
        }
    }
}
