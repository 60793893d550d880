using System.CommandLine;
using GraphPartition.Foundation;
using GraphPartition.Gpc.Services;
using GraphPartition.Ir.Tensors;
using GraphPartition.Runtime;
using GraphPartition.Runtime.Comparison;
using GraphPartition.Runtime.Devices;
using GraphPartition.Runtime.Options;
using GraphPartition.Runtime.Ort;
using Microsoft.ML.OnnxRuntime;

namespace GraphPartition.Benchmarks;

/// <summary>What only a real device can show: parallel streams, shapes that come back, too little memory,
/// cancellation.</summary>
internal static class GpuChecks
{
    private static readonly ModelSessionOptions Cuda = new() { Device = Device.Cuda };

    public static Command Create()
    {
        var command = new Command("gpu-checks", "Checks of the executor on CUDA; one line each, exit code 1 if one fails.");
        command.Add(new Option<double>("--seconds")); // as all measurements have it
        var only = new Option<string>("--only") { Description = "Checks whose line contains this text.", DefaultValueFactory = _ => "" };
        command.Add(only);
        command.SetAction(parsed =>
        {
            int failed = 0;
            string part = parsed.GetRequiredValue(only);
            Check("shapes that come back", ShapesComeBack);
            Check("four threads on two streams", ParallelStreams);
            Check("a device without memory: a clear error, and the session stays usable", OutOfMemoryFails);
            Check("a device without memory: steps run on the CPU when asked", OutOfMemoryRunsOnCpu);
            Check("a cancelled run leaves the session usable", Cancellation);
            Check("groups kept apart: every boundary on the device", KeptGroups);
            Check("a group around an operator that CUDA lacks: only this operator runs on the CPU", () => LackingOperatorCheck.Run(Cuda));
            Check("convolutions, run after run and shape after shape, channels first", () => ConvolutionCheck.Run(Cuda));
            Check("convolutions, run after run and shape after shape, channels last",
                () => ConvolutionCheck.Run(Cuda with { Nhwc = true }));
            return failed == 0 ? 0 : 1;

            void Check(string what, Func<string?> check)
            {
                if (!what.Contains(part, StringComparison.Ordinal)) return;
                string? fault;
                try
                {
                    fault = check();
                }
                catch (Exception e) when (e is EnvironmentException or ModelException)
                {
                    fault = e.Message;
                }
                Console.WriteLine($"- {what}: {fault ?? "ok"}");
                if (fault is not null) failed++;
            }
        });
        return command;
    }

    private static string? ShapesComeBack()
    {
        using ZooModel zoo = ZooModel.Make("lenet", "n");
        using ModelSession session = ModelSession.Create(zoo.Compiled, Cuda);
        foreach (int batch in new[] { 1, 2, 3, 1, 2, 3, 1, 2, 3, 3, 3 })
            if (Differs(zoo, session, batch) is { } fault) return $"batch {batch}: {fault}";
        return null;
    }

    private static string? ParallelStreams()
    {
        using ZooModel zoo = ZooModel.Make("lenet", "n");
        using ModelSession session = ModelSession.Create(zoo.Compiled, Cuda with { Contexts = 2 });
        string? fault = null;
        Parallel.For(0, 400, new ParallelOptions { MaxDegreeOfParallelism = 4 }, i =>
        {
            if (Differs(zoo, session, i % 3 + 1) is { } one) fault = one;
        });
        return fault;
    }

    private static string? OutOfMemoryFails()
    {
        using ZooModel zoo = ZooModel.Make("lenet", "n");
        using ModelSession session = ModelSession.Create(zoo.Compiled, Cuda with { DeviceMemoryLimit = 64 << 20 });
        try
        {
            Differs(zoo, session, 40_000);
            return "it ran";
        }
        catch (OutOfDeviceMemoryException)
        {
            return Differs(zoo, session, 2);
        }
    }

    private static string? OutOfMemoryRunsOnCpu()
    {
        using ZooModel zoo = ZooModel.Make("lenet", "n");
        using ModelSession session = ModelSession.Create(
            zoo.Compiled, Cuda with { DeviceMemoryLimit = 64 << 20, OutOfMemory = OutOfMemoryPolicy.RunOnCpu });
        return Differs(zoo, session, 40_000) ?? Differs(zoo, session, 2);
    }

    private static string? Cancellation()
    {
        using ZooModel zoo = ZooModel.Make("lenet", "n");
        using ModelSession session = ModelSession.Create(zoo.Compiled, Cuda);
        for (int i = 0; i < 20; i++)
        {
            using var source = new CancellationTokenSource(TimeSpan.FromMicroseconds(20 * i));
            using OrtValue x = Input(zoo, 8);
            try
            {
                session.Run(new Dictionary<string, OrtValue> { [zoo.Feeds.Keys.Single()] = x }, source.Token).Dispose();
            }
            catch (OperationCanceledException)
            {
                // Some cancellations come too late, some in time.
            }
        }
        return Differs(zoo, session, 8);
    }

    private static string? KeptGroups()
    {
        using ZooModel zoo = ZooModel.Make("resnet50", support: "random:1:0.5");
        using ModelSession session = ModelSession.Create(zoo.Compiled, Cuda with { KeepGroups = true });
        string? fault = null;
        for (int run = 0; run < 3 && fault is null; run++) fault = Differs(zoo, session, 1);
        using SessionContext context = session.CreateContext();
        for (int run = 0; run < 3; run++) context.Run(zoo.Feeds);
        ContextReport report = context.Report();
        Console.WriteLine(
            $"  {report.Steps.Length} steps, {report.CopiesToDevice} copies to the device, {report.CopiesToHost} back, {report.Waits} waits, "
            + $"{report.Recorded} recordings, {report.DeviceBytes / 1e6:F1} MB of {report.BytesApart / 1e6:F1} {string.Join("; ", report.Refusals)}");
        return fault;
    }

    /// <summary>The difference from plain ONNX Runtime on the CPU; null: there is none.</summary>
    private static string? Differs(ZooModel zoo, ModelSession session, int batch)
    {
        using OrtValue x = Input(zoo, batch);
        var feeds = new Dictionary<string, OrtValue> { [zoo.Feeds.Keys.Single()] = x };
        using RunResult actual = session.Run(feeds);
        using PlainSession plain = PlainSession.Load(zoo.Path, new());
        using RunResult expected = plain.Run(feeds);
        return expected.Values.Zip(actual.Values, (e, a) =>
            ValueDifference.Between(OrtValues.ToData(e), OrtValues.ToData(a), new Tolerance(1e-3, 1e-4)).Fault)
            .FirstOrDefault(f => f is not null);
    }

    private static OrtValue Input(ZooModel zoo, int batch)
    {
        long[] dims = [.. zoo.Feeds.Values.Single().GetTensorTypeAndShape().Shape];
        dims[0] = batch;
        var numbers = new float[dims.Aggregate(1L, (a, b) => a * b)];
        for (int i = 0; i < numbers.Length; i++) numbers[i] = MathF.Sin(i + batch);
        return OrtValues.ToOrt(TensorData.Floats(numbers, dims));
    }
}
