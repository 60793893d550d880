using GraphPartition.Compiler;
using GraphPartition.Compiler.Import;
using GraphPartition.Compiler.Passes;
using GraphPartition.Compiler.Planning;
using GraphPartition.Compiler.Tagging;
using GraphPartition.Foundation;
using GraphPartition.Ir.Graphs;
using GraphPartition.Ir.Types;
using GraphPartition.Onnx.Reading;
using GraphPartition.Onnx.TestData;
using GraphPartition.Operators;
using GraphPartition.Runtime;
using GraphPartition.Runtime.Comparison;
using GraphPartition.Runtime.Ort;
using Microsoft.ML.OnnxRuntime;

namespace GraphPartition.Benchmarks;

/// <summary>A model file with its test data, planned in several ways.</summary>
internal sealed class MeasuredFile
{
    private static readonly CompileOptions Options = new() { Evaluator = new OrtConstantEvaluator() };

    private readonly string _path;
    private readonly Compilation _compilation;

    private MeasuredFile(string path, Model model, TestDataSet? data)
    {
        (_path, Model, Data) = (path, model, data);
        _compilation = Planned(Options);
    }

    /// <summary>The imported model.</summary>
    public Model Model { get; }

    /// <summary>Inputs and expected outputs; null: there are none.</summary>
    public TestDataSet? Data { get; }

    /// <summary>The plan.</summary>
    public PartitionPlan Plan => _compilation.Plan;

    /// <summary>Engines if no node is expressed in others.</summary>
    public int EnginesWithoutExpansion => Planned(Options with { Expand = false }).Plan.TotalEngines;

    /// <summary>Engines if the inputs have the sizes of the test data in every run.</summary>
    public int? FixedEngines => Data is null ? null : Planned(Options with
    {
        InputShapes = Data.Inputs.Where(i => i.Value is TensorValue).ToDictionary(
            i => i.Name, i => Shape.Of(((TensorValue)i.Value).Data.Dims.AsSpan())),
    }).Plan.TotalEngines;

    /// <summary>Reads <c>model.onnx</c> and the first test data of a folder.</summary>
    /// <exception cref="ModelException">The file cannot be imported or planned.</exception>
    public static MeasuredFile Read(string folder)
    {
        string path = Path.Combine(folder, "model.onnx"), data = Path.Combine(folder, "test_data_set_0");
        Model model = ModelFile.Read(path, OperatorTable.Default);
        return new(path, model, Directory.Exists(data) ? TestDataSet.Read(data, model.Graph) : null);
    }

    /// <summary>The outputs of the compiled model for the inputs of the test data, each engine in a session of its own.</summary>
    public DataValue[] Run(bool optimize) => Run(_compilation, optimize);

    /// <summary>The outputs that ONNX Runtime gives for the file.</summary>
    public DataValue[] RunPlain(bool optimize)
    {
        using var options = new SessionOptions { LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL };
        if (!optimize) options.GraphOptimizationLevel = GraphOptimizationLevel.ORT_DISABLE_ALL;
        using var session = new InferenceSession(_path, options);
        return WithFeeds(feeds =>
        {
            using var run = new RunOptions();
            string[] names = [.. session.InputNames.Where(feeds.ContainsKey)];
            using var results = session.Run(run, names, [.. names.Select(n => feeds[n])], session.OutputNames);
            return [.. results.Select(OrtValues.ToData)];
        });
    }

    /// <summary>Cuts the expanded graph at random and runs all parts apart, and runs it in one piece, both without optimization.</summary>
    /// <returns>
    /// How many of the partitions give the same outputs. Where floats are narrower than 32 bits, a cut rounds what a CPU does not round
    /// inside of a piece; then the outputs are compared with the tolerance of the narrowest type.
    /// </returns>
    public int RightCuts(int cuts)
    {
        Model expanded = _compilation.Model;
        DataValue[] whole = Run(Cut(expanded, new UniformSupport("none", Verdict.No("whole", "whole"))), optimize: false);
        Dictionary<string, OutputTraits> traits = OutputTraits.Of(expanded.Graph);
        return Enumerable.Range(1, cuts).Count(seed =>
        {
            DataValue[] cut = Run(Cut(expanded, new RandomSupport((ulong)seed, 0.5)), optimize: false);
            return Enumerable.Range(0, whole.Length).All(i => ValueDifference.Between(whole[i], cut[i],
                whole[i] is TensorValue tensor ? traits[expanded.Graph.Outputs[i].Name].ToleranceOf(tensor.Data) : null).Agrees);
        });
    }

    private static Compilation Cut(Model model, SupportPolicy support) =>
        new ModelCompiler(OperatorTable.Default, new() { SupportPolicy = support, Passes = Pipeline.None }).Plan(model);

    private Compilation Planned(CompileOptions options) => new ModelCompiler(OperatorTable.Default, options).Plan(Model);

    private DataValue[] Run(Compilation compilation, bool optimize)
    {
        using ModelSession session = ModelSession.Create(compilation.ToCompiledModel(), new() { KeepGroups = true, Optimize = optimize });
        return WithFeeds(feeds =>
        {
            using RunResult result = session.Run(feeds);
            return [.. result.Values.Select(OrtValues.ToData)];
        });
    }

    private DataValue[] WithFeeds(Func<Dictionary<string, OrtValue>, DataValue[]> run)
    {
        Dictionary<string, OrtValue> feeds = Data!.Inputs.ToDictionary(i => i.Name, i => OrtValues.ToOrt(i.Value));
        try
        {
            return run(feeds);
        }
        finally
        {
            foreach (OrtValue value in feeds.Values) value.Dispose();
        }
    }
}
