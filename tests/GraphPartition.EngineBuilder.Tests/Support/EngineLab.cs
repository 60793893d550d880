using System.Runtime.InteropServices;
using GraphPartition.CompiledModels;
using GraphPartition.Compiler;
using GraphPartition.Compiler.Passes;
using GraphPartition.Compiler.Tagging;
using GraphPartition.Foundation;
using GraphPartition.Ir.Graphs;
using GraphPartition.Ir.Types;
using GraphPartition.Onnx.Reading;
using GraphPartition.Onnx.Writing;
using GraphPartition.Operators;
using GraphPartition.Operators.TensorRt;
using GraphPartition.Runtime;
using GraphPartition.Runtime.Options;
using GraphPartition.TensorRt.Library;
using Xunit;

namespace GraphPartition.EngineBuilder.Tests.Support;

/// <summary>A machine with a mock TensorRT and a mock driver: models are compiled for it and run on it.</summary>
internal sealed unsafe class EngineLab
{
    private readonly MachineOptions _where;

    public EngineLab(string layout = "trt10_16", int ordinal = 0)
    {
        Mock = Mock.Open(layout);
        _where = new MachineOptions { Libraries = Mock.Where, CudaPath = CudaPath, Ordinal = ordinal };
        Machine = TensorRtMachine.Find(_where).Machine!;
        ((delegate* unmanaged<void>)NativeLibrary.GetExport(NativeLibrary.Load(CudaPath), "mock_reset"))();
        SetDriver("limit", 1 << 26);
    }

    public static string CudaPath => Path.Combine(MockCompiler.Cuda(), "libcuda.so.1");

    public Mock Mock { get; }

    public TensorRtMachine Machine { get; }

    public List<Diagnostic> Warnings { get; } = [];

    /// <summary>Sets one of the mock driver's numbers: "limit" is the free memory.</summary>
    public static void SetDriver(string key, long value)
    {
        nint name = Marshal.StringToCoTaskMemUTF8(key);
        ((delegate* unmanaged<nint, long, void>)NativeLibrary.GetExport(NativeLibrary.Load(CudaPath), "mock_set"))(name, value);
        Marshal.FreeCoTaskMem(name);
    }

    /// <summary>Compiles with engines. Without passes the plan is about the very graph that a test gives.</summary>
    public EngineCompilation Compile(Model model, string support = "all", EngineOptions? options = null,
        CancellationToken cancellation = default)
    {
        var compiler = new ModelCompiler(OperatorTable.Default, new CompileOptions
        {
            SupportPolicy = SupportPolicy.Parse(support, OperatorTable.Default, TensorRtTarget.Default),
            Passes = Pipeline.None,
            Verify = true,
        });
        return new EngineCompiler(Machine, options ?? new EngineOptions()).Compile(compiler.Plan(model), cancellation);
    }

    /// <summary>A model over n rows of three columns, and compiled for up to four: two engines, since the mock does not know
    /// Softmax.</summary>
    public (Model Model, CompiledModel Compiled) CompileRows()
    {
        Model model = Graphs.Chain(new Shape("n", 3), "Add w", "Relu", "Softmax", "Mul w");
        return (model, Compile(model, options: new EngineOptions { Shapes = Graphs.UpToFourRows }).Compiled);
    }

    /// <summary>How often engines have run so far.</summary>
    public long EngineRuns => Mock.Value("calls:enqueueV3") ?? 0;

    /// <summary>A session here.</summary>
    /// <param name="compiled">The compiled model.</param>
    /// <param name="mode">How it uses engines.</param>
    /// <param name="options">Other options of the session.</param>
    public ModelSession Open(CompiledModel compiled, EngineMode mode = EngineMode.Auto, ModelSessionOptions? options = null) =>
        ModelSession.Create(compiled, (options ?? new()) with { Threads = 1, Engines = Use(mode), DeviceId = _where.Ordinal });

    /// <summary>How a session here uses engines.</summary>
    public EngineUse Use(EngineMode mode = EngineMode.Auto) => new() { Mode = mode, Machine = _where, Warn = Warnings.Add };

    /// <summary>Runs on engines as far as there are any.</summary>
    public DataValue[] Run(CompiledModel compiled, IReadOnlyDictionary<string, DataValue> inputs, EngineMode mode = EngineMode.Auto)
    {
        using ModelSession session = Open(compiled, mode);
        return TestRun.Run(session, inputs);
    }

    /// <summary>A session gives what plain ONNX Runtime gives for a model.</summary>
    public static void AssertSame(Model model, ModelSession session, IReadOnlyDictionary<string, DataValue> inputs) =>
        Assert.Null(TestRun.Difference(TestRun.RunPlain(OnnxWriter.ToBytes(model), inputs), TestRun.Run(session, inputs)));

    /// <summary>As the other, for a model whose only input is x.</summary>
    public static void AssertSame(Model model, ModelSession session, TensorValue x) =>
        AssertSame(model, session, new Dictionary<string, DataValue> { ["x"] = x });

    /// <summary>Nothing was called wrongly, nothing of TensorRT or of the driver is left.</summary>
    public void AssertClean()
    {
        Mock.AssertClean();
        nint cuda = NativeLibrary.Load(CudaPath);
        Assert.Equal("", Marshal.PtrToStringUTF8(((delegate* unmanaged<nint>)NativeLibrary.GetExport(cuda, "mock_complaints"))()));
        Assert.Equal(0, ((delegate* unmanaged<long>)NativeLibrary.GetExport(cuda, "mock_live"))());
    }
}
