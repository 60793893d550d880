using GraphPartition.Compiler;
using GraphPartition.Compiler.Explaining;
using GraphPartition.Compiler.Import;
using GraphPartition.Compiler.Planning.Files;
using GraphPartition.Ir.Graphs;
using GraphPartition.Operators;
using GraphPartition.Runtime.Ort;

if (args is not [var path, .. var rest])
{
    Console.Error.WriteLine("usage: plan-and-check MODEL [MOST_ENGINES]");
    return 2;
}
int most = rest is [var number] ? int.Parse(number) : int.MaxValue;

// 1. Read the model and plan it. The evaluator computes constants, which makes some graphs smaller.
Model model = ModelFile.Read(path, OperatorTable.Default);
var compiler = new ModelCompiler(OperatorTable.Default, new CompileOptions { Evaluator = new OrtConstantEvaluator() });
Compilation compilation = compiler.Plan(model);

// 2. The report has what 'gpc plan --json' prints.
PlanReport report = compilation.Explain();
Console.WriteLine(
    $"{report.Nodes} nodes, {report.Supported} supported, {report.Engines.Length} engines, {report.MinimumEngines} is the minimum");
foreach (EngineReport engine in report.Engines) Console.WriteLine(
    $"engine {engine.Id}: {engine.Nodes.Length} nodes, first {engine.Nodes[0]}");
foreach (FallbackReport fallback in report.Fallback) Console.WriteLine($"fallback {fallback.Op}: {fallback.Reason}");

// 3. Check the plan with its certificate. This code shares nothing with the partitioner.
IReadOnlyList<string> faults = PlanVerifier.Verify(compilation.ToPlanFile());
foreach (string fault in faults) Console.WriteLine($"the plan is wrong: {fault}");

// 4. Use it in a build: too many engines are an error.
return faults.Count == 0 && report.Engines.Length <= most ? 0 : 1;
