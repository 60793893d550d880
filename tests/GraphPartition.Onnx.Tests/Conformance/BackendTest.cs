using GraphPartition.CompiledModels;
using GraphPartition.Compiler;
using GraphPartition.Compiler.Tagging;
using GraphPartition.Foundation;
using GraphPartition.Ir.Graphs;
using GraphPartition.Onnx.Reading;
using GraphPartition.Onnx.TestData;
using GraphPartition.Operators;
using GraphPartition.Operators.TensorRt;
using GraphPartition.Runtime;
using GraphPartition.Runtime.Comparison;
using GraphPartition.Runtime.Ort;
using Microsoft.ML.OnnxRuntime;

namespace GraphPartition.Onnx.Tests.Conformance;

/// <summary>One ONNX backend test: a model and data sets with inputs and expected outputs.</summary>
internal sealed class BackendTest
{
    private readonly List<TestDataSet> _data = [];
    private readonly Graph _declared;

    public BackendTest(string folder)
    {
        Name = Path.GetFileName(folder);
        ModelPath = Path.Combine(folder, "model.onnx");
        _declared = OnnxReader.Read(ModelPath).Graph;
        foreach (string data in Directory.EnumerateDirectories(folder, "test_data_set_*").Order(StringComparer.Ordinal))
            _data.Add(TestDataSet.Read(data, _declared));
    }

    public string Name { get; }

    public string ModelPath { get; }

    /// <summary>Runs a model on the test's inputs in ONNX Runtime; the result is null, or why the outputs are not as expected.</summary>
    public string? Run(byte[] model)
    {
        try
        {
            using var options = new SessionOptions { LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL, IntraOpNumThreads = 1 };
            using var session = new InferenceSession(model, options);
            return Run(session.InputNames, (names, values) =>
            {
                using var run = new RunOptions();
                using var results = session.Run(run, names, values, session.OutputNames);
                return [.. results.Select(OrtValues.ToData)];
            });
        }
        catch (Exception e) when (e is OnnxRuntimeException or ModelException)
        {
            return FirstLine(e.Message);
        }
    }

    /// <summary>Compiles a model and runs it on the test's inputs; the result is null, or why the outputs are not as expected.</summary>
    public string? RunPlanned(Model model, string support, bool keepGroups)
    {
        var options = new CompileOptions
        {
            SupportPolicy = SupportPolicy.Parse(support, OperatorTable.Default, TensorRtTarget.Default),
            Evaluator = new OrtConstantEvaluator(),
            Verify = true,
        };
        try
        {
            CompiledModel compiled = new ModelCompiler(OperatorTable.Default, options).Plan(model).ToCompiledModel();
            using ModelSession session = ModelSession.Create(compiled, new() { KeepGroups = keepGroups, Threads = 1 });
            return Run([.. session.Inputs.Select(i => i.Name)], (names, values) =>
            {
                using RunResult result = session.Run(names.Zip(values).ToDictionary(p => p.First, p => p.Second));
                return [.. result.Values.Zip(model.Graph.Outputs, (value, output) => OrtValues.ToData(value, output.Type))];
            });
        }
        catch (Exception e) when (e is ModelException or EnvironmentException or InternalCompilerException)
        {
            return FirstLine(e.Message);
        }
    }

    private string? Run(IReadOnlyList<string> inputs, Func<List<string>, List<OrtValue>, DataValue[]> run)
    {
        foreach (TestDataSet data in _data)
            if (Run(inputs, data, run) is { } fault) return fault;
        return null;
    }

    private string? Run(IReadOnlyList<string> inputs, TestDataSet data, Func<List<string>, List<OrtValue>, DataValue[]> run)
    {
        var names = new List<string>();
        var values = new List<OrtValue>();
        try
        {
            for (int i = 0; i < data.Inputs.Length; i++)
            {
                if (data.Inputs[i].Value is OptionalValue { Item: null }) continue; // ONNX Runtime takes a missing input for none
                names.Add(inputs[i]);
                values.Add(OrtValues.ToOrt(data.Inputs[i].Value, _declared.Inputs.First(v => v.Name == data.Inputs[i].Name).Type));
            }
            DataValue[] results = run(names, values);
            for (int i = 0; i < data.Outputs.Length; i++)
                if (ValueDifference.Between(data.Outputs[i].Value, results[i]) is { Agrees: false })
                    return $"output {i} differs"; // by how much depends on the machine
            return null;
        }
        finally
        {
            foreach (OrtValue value in values) value.Dispose();
        }
    }

    private static string FirstLine(string text)
    {
        string line = text.Split('\n')[0].Trim();
        return line.Length > 160 ? line[..160] : line;
    }
}
