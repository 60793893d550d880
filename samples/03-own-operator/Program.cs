using GraphPartition.CompiledModels;
using GraphPartition.Compiler;
using GraphPartition.Compiler.Explaining;
using GraphPartition.Foundation;
using GraphPartition.Ir.Graphs;
using GraphPartition.Ir.Types;
using GraphPartition.Operators;
using GraphPartition.Runtime;
using GraphPartition.Runtime.Options;
using GraphPartition.Runtime.Ort;
using Microsoft.ML.OnnxRuntime;

// The same model is planned twice: with the operators of the table, and with one more.
OperatorTable extended = OperatorTable.Default.With([new Swirl()]);
Print("without the extension", OperatorTable.Default);
Print("with the extension", extended);

// There is no engine here, so the model runs in three steps: ONNX Runtime, the kernel, ONNX Runtime.
CompiledModel compiled = new ModelCompiler(extended, new CompileOptions()).Plan(ModelOf(extended)).ToCompiledModel();
using ModelSession session = ModelSession.Create(compiled, new ModelSessionOptions { Kernels = [new SwirlKernel()] });
using OrtValue x = OrtValue.CreateTensorValueFromMemory([-1f, 0, 1, 2, 3, 4, 5, 6], [1, 8]);
using RunResult result = session.Run(new Dictionary<string, OrtValue> { ["x"] = x });
string y = string.Join(" ", result["y"].GetTensorDataAsSpan<float>().ToArray().Select(v => v.ToString("F2")));
Console.WriteLine($"run in {session.Plan.Steps.Length} steps: {y}");
return 0;

static void Print(string title, OperatorTable operators)
{
    Compilation compilation = new ModelCompiler(operators, new CompileOptions()).Plan(ModelOf(operators));
    PlanReport report = compilation.Explain();
    Console.WriteLine($"{title}: {report.Supported} of {report.Nodes} nodes supported, output {compilation.Model.Graph.Outputs[0].Type}");
    foreach (FallbackReport fallback in report.Fallback) Console.WriteLine($"  {fallback.Op} falls back: {fallback.Reason}");
}

// x -> Relu -> Swirl -> Sigmoid -> y. Types are inferred while the graph is built.
static Model ModelOf(OperatorTable operators)
{
    var builder = new GraphBuilder(operators) { Name = "swirl" };
    Value x = builder.Input("x", IrType.Tensor(ElementType.Float32, Shape.Of(1, 8)));
    Value relu = builder.Op("Relu", "relu", [x]);
    Value swirl = builder.Op(new OpName("my.domain", "Swirl"), "swirl", [relu]);
    Value y = builder.Op("Sigmoid", "y", [swirl]);
    return new Model(builder.Build(y)) { Opsets = OpsetVersions.Standard(25).SetItem("my.domain", 1) };
}
