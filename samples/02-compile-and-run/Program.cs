using GraphPartition.CompiledModels;
using GraphPartition.Compiler;
using GraphPartition.Compiler.Import;
using GraphPartition.Ir.Graphs;
using GraphPartition.Operators;
using GraphPartition.Runtime;
using GraphPartition.Runtime.MadeUp;
using GraphPartition.Runtime.Ort;
using Microsoft.ML.OnnxRuntime;

if (args is not [var source, var target])
{
    Console.Error.WriteLine("usage: compile-and-run MODEL OUT.onnx");
    return 2;
}

// 1. Compile. The file is plain ONNX: every ONNX runtime can load it.
Model model = ModelFile.Read(source, OperatorTable.Default);
var compiler = new ModelCompiler(OperatorTable.Default, new CompileOptions { Evaluator = new OrtConstantEvaluator() });
CompiledModel compiled = compiler.Plan(model).ToCompiledModel();
CompiledModelFormat.Write(compiled, target);

// 2. Load the file. A session may be used by many threads at once.
using ModelSession session = ModelSession.Load(target);

// 3. Run it. Here the inputs are made up; yours come from OrtValue.CreateTensorValueFromMemory.
Dictionary<string, OrtValue> inputs = new InputGenerator(new Dictionary<string, long>())
    .For(session.Plan.Graph).ToDictionary(input => input.Key, input => OrtValues.ToOrt(input.Value));
using (RunResult result = session.Run(inputs))
    foreach (string name in result.Names) Console.WriteLine($"{name}: {string.Join(" x ", result[name].GetTensorTypeAndShape().Shape)}");
foreach (OrtValue input in inputs.Values) input.Dispose();
return 0;
