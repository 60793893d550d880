using GraphPartition.Compiler;
using GraphPartition.Compiler.Explaining;
using GraphPartition.Compiler.Import;
using GraphPartition.Compiler.Tagging;
using GraphPartition.Ir.Graphs;
using GraphPartition.Operators;
using GraphPartition.Operators.TensorRt;

if (args is not [var path, .. var types])
{
    Console.Error.WriteLine("usage: own-support-policy MODEL [OPERATOR...]");
    return 2;
}

// The table decides, except for the operators on the command line.
var table = new TableSupport(OperatorTable.Default, TensorRtTarget.Default);
var options = new CompileOptions { SupportPolicy = new WithoutOperators(table, types.ToHashSet()) };
Model model = ModelFile.Read(path, OperatorTable.Default);
PlanReport report = new ModelCompiler(OperatorTable.Default, options).Plan(model).Explain();

Console.WriteLine($"{options.SupportPolicy.Name}: {report.Engines.Length} engines");
foreach (FallbackReport fallback in report.Fallback) Console.WriteLine($"  {fallback.Count} x {fallback.Op}: {fallback.Reason}");
return 0;
