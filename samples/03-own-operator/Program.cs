using GraphPartition.Compiler;
using GraphPartition.Compiler.Explaining;
using GraphPartition.Foundation;
using GraphPartition.Ir.Graphs;
using GraphPartition.Ir.Types;
using GraphPartition.Operators;

// The same model is planned twice: with the operators of the table, and with one more.
Print("without the extension", OperatorTable.Default);
Print("with the extension", OperatorTable.Default.With([new Swirl()]));
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
    Value swirl = builder.Op(new OpName("Swirl", "my.domain"), "swirl", [relu]);
    Value y = builder.Op("Sigmoid", "y", [swirl]);
    return new Model(builder.Build(y)) { Opsets = OpsetVersions.Standard(25).SetItem("my.domain", 1) };
}
