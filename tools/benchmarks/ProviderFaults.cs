using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using GraphPartition.Cuda;
using GraphPartition.Foundation;
using GraphPartition.Ir.Graphs;
using GraphPartition.Ir.Tensors;
using GraphPartition.Ir.Types;
using GraphPartition.Onnx.Writing;
using GraphPartition.Operators;
using GraphPartition.Runtime.Ort;
using Microsoft.ML.OnnxRuntime;

namespace GraphPartition.Benchmarks;

/// <summary>
/// Faults of ONNX Runtime's CUDA provider that code works around. Each is tried in a separate process, because some end it. If a fault is
/// gone in a new version, its workaround can go. <c>OrtQuirkTests</c> holds the faults that a CPU shows.
/// </summary>
internal static class ProviderFaults
{
    private static readonly (string Name, string Workaround, Func<bool> IsThere)[] All =
    [
        ("a Conv with channels first and fuse_conv_bias adds an earlier output", "CudaProvider.Configure", BiasAddsOutput),
        ("a refused recording leaves an error to the next run", "RangeRecorder.HasPendingError", RecordingLeavesError),
        ("a session that ends frees pinned memory in a call of the stream", "CudaProvider.Hold", SessionFreesPinnedMemory),
    ];

    public static Command Create()
    {
        var command = new Command("gpu-faults", "Known faults of ONNX Runtime's CUDA provider: which are still there.");
        var one = new Option<int?>("--one") { Description = "Try this fault in this process.", Hidden = true };
        command.Add(one);
        command.SetAction(parsed =>
        {
            if (parsed.GetValue(one) is { } n) return All[n].IsThere() ? 1 : 0;
            Console.WriteLine($"ONNX Runtime {OrtEnv.Instance().GetVersionString()}\n\n| fault | workaround | |\n| --- | --- | --- |");
            for (int i = 0; i < All.Length; i++) Console.WriteLine($"| {All[i].Name} | `{All[i].Workaround}` | {Try(i)} |");
            return 0;
        });
        return command;
    }

    private static string Try(int fault)
    {
        string[] arguments = ["gpu-faults", "--one", fault.ToString(CultureInfo.InvariantCulture)];
        using Process child = Process.Start(Path.Combine(AppContext.BaseDirectory, "benchmarks"), arguments);
        child.WaitForExit();
        return child.ExitCode switch { 0 => "gone", 1 => "still there", _ => $"ends the process with {child.ExitCode}" };
    }

    private static bool BiasAddsOutput()
    {
        var random = new Random(1);
        var builder = new GraphBuilder(OperatorTable.Default) { Name = "convolutions" };
        Value x = builder.Input("x", IrType.Tensor(ElementType.Float32, Shape.Of(1, 8, 28, 28))), y = x;
        for (int layer = 0; layer < 3; layer++)
            y = builder.Op("Conv", $"y{layer}",
                [y, builder.Constant($"w{layer}", Numbers(random, 8, 8, 3, 3)), builder.Constant($"b{layer}", Numbers(random, 8))],
                AttributeMap.Of(("pads", new long[] { 1, 1, 1, 1 })));
        byte[] model = Bytes(builder.Build(y));
        using InferenceSession cpu = new(model), cuda = OnCuda(model, ("fuse_conv_bias", "1"), ("use_tf32", "0"));
        for (int run = 0; run < 4; run++)
        {
            using OrtValue input = OrtValues.ToOrt(Numbers(random, 1, 8, 28, 28));
            float[] expected = Run(cpu, input), actual = Run(cuda, input);
            if (expected.Zip(actual).Any(p => Math.Abs(p.First - p.Second) > 1e-2 * (1 + Math.Abs(p.First)))) return true;
        }
        return false;
    }

    private static bool RecordingLeavesError()
    {
        using CudaStream stream = CudaStream.Create(CudaDriver.Find().Driver!.Devices[0]);
        using InferenceSession waits = OnCuda(Chain("NonZero"), On(stream)), plain = OnCuda(Chain("Relu"), On(stream));
        using OrtValue input = OrtValues.ToOrt(Numbers(new Random(1), 4, 8));
        Run(plain, input);
        try
        {
            stream.Capture(() => RunOnly(waits, input)).Dispose();
            throw new InvalidOperationException("the recording was not refused");
        }
        catch (Exception e) when (e is OnnxRuntimeException or EnvironmentException)
        {
            // expected: NonZero waits for the device
        }
        try
        {
            Run(plain, input);
            return false;
        }
        catch (OnnxRuntimeException)
        {
            return true;
        }
    }

    private static bool SessionFreesPinnedMemory()
    {
        using CudaStream stream = CudaStream.Create(CudaDriver.Find().Driver!.Devices[0]);
        var builder = new GraphBuilder(OperatorTable.Default) { Name = "tables" };
        Value x = builder.Input("x", IrType.Tensor(ElementType.Float32, Shape.Of(4, 8)));
        Value[] parts = [.. Enumerable.Range(0, 64).Select(i => builder.Op(i % 2 == 0 ? "Relu" : "Neg", $"p{i}", [x]))];
        byte[] model = Bytes(builder.Build(builder.Op("Concat", "y", parts, AttributeMap.Of(("axis", 0L)))));
        using OrtValue input = OrtValues.ToOrt(Numbers(new Random(1), 4, 8));
        for (int i = 0; i < 20; i++)
        {
            using InferenceSession session = OnCuda(model, On(stream));
            RunOnly(session, input);
        }
        stream.Synchronize();
        return false; // where the fault is there, the process has ended
    }

    private static byte[] Chain(string op)
    {
        var builder = new GraphBuilder(OperatorTable.Default) { Name = op };
        Value x = builder.Input("x", IrType.Tensor(ElementType.Float32, Shape.Of(4, 8)));
        return Bytes(builder.Build(builder.Op(op, "y", [builder.Op("Sigmoid", "s", [x])])));
    }

    private static (string, string)[] On(CudaStream stream) =>
        [("has_user_compute_stream", "1"), ("user_compute_stream", stream.Pointer.ToString(CultureInfo.InvariantCulture))];

    private static InferenceSession OnCuda(byte[] model, params (string Name, string Value)[] options)
    {
        using var session = new SessionOptions();
        using var provider = new OrtCUDAProviderOptions();
        provider.UpdateOptions(options.ToDictionary(o => o.Name, o => o.Value));
        session.AppendExecutionProvider_CUDA(provider);
        return new(model, session);
    }

    private static void RunOnly(InferenceSession session, OrtValue input)
    {
        using var options = new RunOptions();
        session.Run(options, ["x"], [input], session.OutputNames).Dispose();
    }

    private static float[] Run(InferenceSession session, OrtValue input)
    {
        using var options = new RunOptions();
        using IDisposableReadOnlyCollection<OrtValue> results = session.Run(options, ["x"], [input], session.OutputNames);
        return results[0].GetTensorDataAsSpan<float>().ToArray();
    }

    private static TensorData Numbers(Random random, params long[] dims)
    {
        var numbers = new float[dims.Aggregate(1L, (a, b) => a * b)];
        for (int i = 0; i < numbers.Length; i++) numbers[i] = random.NextSingle() - 0.5f;
        return TensorData.Floats(numbers, dims);
    }

    private static byte[] Bytes(Graph graph) =>
        OnnxWriter.ToBytes(new Model(graph) { Opsets = OpsetVersions.Standard(18), FormatVersion = 8 });
}
