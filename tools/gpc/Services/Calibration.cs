using System.Diagnostics;
using GraphPartition.Compiler.Cost;
using GraphPartition.EngineBuilder;
using GraphPartition.Foundation;
using GraphPartition.Ir.Graphs;
using GraphPartition.Ir.Tensors;
using GraphPartition.Ir.Types;
using GraphPartition.Operators;
using GraphPartition.Runtime.Diagnostics;
using GraphPartition.Runtime.Options;
using GraphPartition.Runtime.Ort;
using GraphPartition.TensorRt.Library;
using MathNet.Numerics.Statistics;

namespace GraphPartition.Gpc.Services;

/// <summary>
/// Measures the parameters of a device for the cost model: of ONNX Runtime without graph optimization and, where TensorRT is installed, of
/// engines. Each parameter is the time difference of two small models that differ in one quantity. Costs that both have (the call, input
/// copies) cancel.
/// </summary>
/// <param name="options">Where and how sessions run.</param>
/// <param name="seconds">How long each parameter is measured.</param>
internal sealed class Calibration(ModelSessionOptions options, double seconds)
{
    private const int FewestPairs = 9;

    /// <summary>Elements of large tensors: more than caches hold, and few enough to take only a few milliseconds.</summary>
    public long Elements { get; init; } = options.Device == Device.Cuda ? 1 << 25 : 1 << 22;

    /// <summary>The side of large matrices: enough to fill the device.</summary>
    public long Side { get; init; } = options.Device == Device.Cuda ? 4096 : 512;

    /// <summary>The machine to measure engines on; null: the profile assumes how fast engines are.</summary>
    public TensorRtMachine? Machine { get; init; }

    /// <summary>How engines are built.</summary>
    public EngineOptions Build { get; init; } = new();

    /// <summary>Measures everything.</summary>
    /// <exception cref="EnvironmentException">GP5006, GP5007, GP4020: ONNX Runtime or TensorRT fails, or the machine is too busy to
    /// measure.</exception>
    public DeviceProfile Measure(Action<string> stage)
    {
        stage("launches");
        double launch = PerNode("launches", Fallback, Chain("Neg", 200, [1]), Chain("Neg", 100, [1]), 100);
        stage("memory");
        double memory = PerNode("memory traffic", Fallback, Chain("Neg", 16, [Elements]), Chain("Neg", 8, [Elements]), 8);
        stage("arithmetic");
        double product = PerNode("arithmetic", Fallback, Chain("MatMul", 8, [Side, Side]), Chain("MatMul", 4, [Side, Side]), 4);
        stage("calls");
        double tensor = PerNode("tensors of a call", Fallback, Parallel(16), Parallel(8), 8) - launch; // each has an input, a node and an output
        double call = CallMicroseconds(Fallback, Chain("Neg", 1, [1])) - launch;
        ExecutorSpeed speed = Speed(product, memory, launch);
        string place = options.Device == Device.Cuda ? "CUDA device of this machine" : $"CPU of this machine, {Environment.ProcessorCount} cores";
        string fallback = $"ONNX Runtime {OrtEnvironment.Instance.GetVersionString()}";
        string copies = "copyBytesPerSecond: tensors stay on the device and cost a pass over memory";
        if (Machine is not { } machine)
            return new(place, speed, speed with { LaunchMicroseconds = Rounded(launch / 2) },
                Rounded(Math.Max(0, call)), Rounded(Math.Max(0, tensor)), speed.BytesPerSecond)
            {
                Measured = fallback,
                Assumed =
                [
                    "engine.flopsPerSecond, engine.bytesPerSecond: as fast as the fallback",
                    "engine.launchMicroseconds: half of the fallback's",
                    "callMicroseconds: what a call of a one-node session costs",
                    copies,
                ],
            };
        (ExecutorSpeed engine, double engineCall) = MeasureEngines(stage);
        return new(place, speed, engine, Rounded(engineCall), Rounded(Math.Max(0, tensor)), speed.BytesPerSecond)
        {
            Measured = $"{fallback}, {machine.Library.Release} on {machine.Device.Name}",
            Assumed = [copies],
        };
    }

    /// <summary>
    /// Engines fuse chains of element-wise operators and drop pairs of Neg, so only products are chained; the others differ in size.
    /// </summary>
    private (ExecutorSpeed Speed, double CallMicroseconds) MeasureEngines(Action<string> stage)
    {
        stage("launches in engines");
        double launch = PerNode("launches in engines", Engine, Chain("MatMul", 64, [16, 16]), Chain("MatMul", 32, [16, 16]), 32);
        stage("memory in engines");
        double memory = PerNode("memory traffic in engines", Engine, Chain("Neg", 1, [2 * Elements]), Chain("Neg", 1, [Elements]), 1);
        stage("arithmetic in engines");
        double product = PerNode("arithmetic in engines", Engine, Chain("MatMul", 8, [Side, Side]), Chain("MatMul", 4, [Side, Side]), 4);
        stage("calls of engines");
        double call = CallMicroseconds(Engine, Chain("Neg", 1, [1])) - launch;
        return (Speed(product, memory, launch), Math.Max(0, call));
    }

    private TimedModel Fallback(Model model) => TimedModel.OnFallback(model, options);

    private TimedModel Engine(Model model) => TimedModel.OnEngine(model, Machine!, Build, options);

    /// <summary>The speed of an executor from the microseconds of one product, one pass over memory, and one launch.</summary>
    private ExecutorSpeed Speed(double product, double memory, double launch) => new(
        Rounded(2e6 * Side * Side * Side / Math.Max(product - launch, 0.05 * product)),
        Rounded(1e6 * 2 * sizeof(float) * Elements / Math.Max(memory - launch, 0.05 * memory)), Rounded(launch));

    /// <summary>The median time difference of two models that run in turn, in microseconds for each extra node.</summary>
    private double PerNode(string what, Func<Model, TimedModel> executor, Model longer, Model shorter, int more)
    {
        using TimedModel first = executor(longer), second = executor(shorter);
        var differences = new List<double>();
        Repeat(() => differences.Add(first.Time() - second.Time()));
        double difference = differences.Median() / more;
        return difference > 0 ? difference
            : throw new EnvironmentException(
                RuntimeCodes.RuntimeFailed, what, "the machine is too busy to measure: a longer chain took no longer");
    }

    private double CallMicroseconds(Func<Model, TimedModel> executor, Model model)
    {
        using TimedModel timed = executor(model);
        var times = new List<double>();
        Repeat(() => times.Add(timed.Time()));
        return times.Median();
    }

    private void Repeat(Action pair)
    {
        for (int i = 0; i < 3; i++) pair();
        long start = Stopwatch.GetTimestamp();
        for (int i = 0; i < FewestPairs || Stopwatch.GetElapsedTime(start).TotalSeconds < seconds; i++) pair();
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
}
