using GraphPartition.CompiledModels;
using GraphPartition.Ir.Graphs;
using GraphPartition.Ir.Types;
using GraphPartition.Operators;
using GraphPartition.Runtime.Kernels;
using GraphPartition.TestModels;

namespace GraphPartition.Serving.Tests.Support;

/// <summary>Small models to serve.</summary>
internal static class ServedModels
{
    /// <summary>The types of the protocol.</summary>
    public static readonly ElementType[] Types =
    [
        ElementType.Bool, ElementType.UInt8, ElementType.UInt16, ElementType.UInt32, ElementType.UInt64,
        ElementType.Int8, ElementType.Int16, ElementType.Int32, ElementType.Int64,
        ElementType.Float16, ElementType.BFloat16, ElementType.Float32, ElementType.Float64, ElementType.String,
    ];

    /// <summary>Writes LeNet with an open batch.</summary>
    public static string LeNet(string file, ulong seed = 1) => Write(
        file, ModelZoo.Find("lenet")!.Build(new() { Batch = "n", Rules = OperatorTable.Default, Seed = seed }), "random:1:0.5");

    /// <summary>For each type a model y = x, [n, 2], named after the type.</summary>
    public static string[] OfAllTypes(string folder) => [.. Types.Select(type =>
    {
        var builder = new GraphBuilder(OperatorTable.Default) { Name = "identity" };
        Value x = builder.Input("x", IrType.Tensor(type, new Shape("n", 2)));
        return Write(Path.Combine(folder, $"{NameOf(type)}.onnx"), ModelOf(builder.Build(builder.Op("Identity", "y", [x]))), "none");
    })];

    public static string NameOf(ElementType type) => Wire.WireTypes.NameOf(type)!;

    /// <summary>y = x [n, 2] * factor.</summary>
    public static string Scale(string file, float factor)
    {
        var builder = new GraphBuilder(OperatorTable.Default) { Name = "scale" };
        Value x = builder.Input("x", IrType.Tensor(ElementType.Float32, new Shape("n", 2)));
        Value by = builder.Constant("by", Ir.Tensors.TensorData.Floats([factor]));
        return Write(file, ModelOf(builder.Build(builder.Op("Mul", "y", [x, by]))), "none");
    }

    /// <summary>y = log x [n, 2]: not finite at 0.</summary>
    public static string Log(string file)
    {
        var builder = new GraphBuilder(OperatorTable.Default) { Name = "log" };
        Value x = builder.Input("x", IrType.Tensor(ElementType.Float32, new Shape("n", 2)));
        return Write(file, ModelOf(builder.Build(builder.Op("Log", "y", [x]))), "none");
    }

    /// <summary>y = -Identity(x), [n, 1], where <see cref="Gate"/> computes Identity.</summary>
    public static string Gated(string file)
    {
        var builder = new GraphBuilder(OperatorTable.Default) { Name = "gated" };
        Value x = builder.Input("x", IrType.Tensor(ElementType.Float32, new Shape("n", 1)));
        return Write(file, ModelOf(builder.Build(builder.Op("Neg", "y", [builder.Op("Identity", "passed", [x])]))), "none");
    }

    public static Model ModelOf(Graph graph) => new(graph) { Opsets = OpsetVersions.Standard(18), FormatVersion = 8 };

    private static string Write(string file, Model model, string support)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        string next = file + ".next"; // sessions map the old file, so it must not be changed in place
        CompiledModelFormat.Write(Partitions.Compile(model, support), next);
        File.Move(next, file, overwrite: true);
        return file;
    }
}

/// <summary>Holds every run of <see cref="ServedModels.Gated"/> until it is opened, and records the rows of each.</summary>
internal sealed class Gate : IDisposable
{
    private readonly ManualResetEventSlim _open = new();
    private readonly SemaphoreSlim _entered = new(0);

    public List<float[]> Runs { get; } = [];

    public bool WasCancelled { get; private set; }

    public ICustomKernel Kernel => CustomKernel.Of(new OpName("Identity"), call =>
    {
        float[] rows = call.Input<float>(0).ToArray();
        lock (Runs) Runs.Add(rows);
        _entered.Release();
        try
        {
            _open.Wait(call.Cancellation);
        }
        catch (OperationCanceledException)
        {
            WasCancelled = true;
            throw;
        }
        rows.CopyTo(call.Output<float>(0, rows.Length, 1));
    });

    public void Open() => _open.Set();

    public void Dispose()
    {
        _open.Dispose();
        _entered.Dispose();
    }

    /// <summary>Waits until a run has come to the gate.</summary>
    public async Task EnteredAsync() => Assert.True(await _entered.WaitAsync(TimeSpan.FromSeconds(30)), "no run came");
}
