using GraphPartition.CompiledModels;
using GraphPartition.Compiler;
using GraphPartition.Compiler.Import;
using GraphPartition.Compiler.Passes;
using GraphPartition.Compiler.Tagging;
using GraphPartition.Ir.Graphs;
using GraphPartition.Onnx.Reading;
using GraphPartition.Operators;
using GraphPartition.Operators.TensorRt;
using GraphPartition.Runtime.Comparison;
using GraphPartition.Runtime.Ort;
using Microsoft.ML.OnnxRuntime;
using Xunit;

namespace GraphPartition.Tests.Support;

/// <summary>One of the small models that failed once (<c>../shared/cases</c>).</summary>
/// <param name="name">The name of the file, without its ending.</param>
internal sealed class CaseModel(string name)
{
    private readonly Model _model = ModelFile.Read(PathOf(name), OperatorTable.Default);

    public static string PathOf(string name) => Path.Combine(OutsideFolders.Shared, "cases", name + ".onnx");

    /// <summary>The model as it was read.</summary>
    public Model Model => _model;

    /// <summary>The plan for a release.</summary>
    public Compilation Plan(string target = "tensorrt-10.16", long foldLimit = PassContextLimit)
    {
        Assert.True(TensorRtTarget.TryParse(target, out TensorRtTarget? release), target);
        return Compile(new() { Target = release, FoldLimit = foldLimit, Evaluator = new OrtConstantEvaluator(), Verify = true });
    }

    private const long PassContextLimit = 1 << 16;

    /// <summary>
    /// Cuts the model at random with three seeds and compares each run with the whole model; loads each compiled file in plain ONNX
    /// Runtime.
    /// </summary>
    public void RunsCut()
    {
        Dictionary<string, DataValue> inputs = TestRun.Inputs(_model.Graph);
        DataValue[] whole = Run(Partitions.Compile(_model, "none"), inputs, keepGroups: false);
        Dictionary<string, OutputTraits> traits = OutputTraits.Of(_model.Graph);
        for (int seed = 1; seed <= 3; seed++)
        {
            SupportPolicy support = SupportPolicy.Parse($"random:{seed}:0.5", OperatorTable.Default, TensorRtTarget.Default);
            CompiledModel compiled = Compile(
                new() { SupportPolicy = support, Passes = Pipeline.Standard, Evaluator = new OrtConstantEvaluator() }).ToCompiledModel();
            Load(CompiledModelFormat.Write(compiled));
            DataValue[] cut = Run(compiled, inputs, keepGroups: true);
            for (int i = 0; i < whole.Length; i++)
            {
                OutputTraits output = traits[_model.Graph.Outputs[i].Name];
                if (output.IsRandom) continue;
                Tolerance? tolerance = whole[i] is TensorValue { Data: var data } ? output.ToleranceOf(data) : null;
                TensorDifference difference = ValueDifference.Between(whole[i], cut[i], tolerance);
                Assert.True(difference.Agrees, $"seed {seed}, {_model.Graph.Outputs[i].Name}: {difference.Fault}");
            }
        }
    }

    private static DataValue[] Run(CompiledModel compiled, Dictionary<string, DataValue> inputs, bool keepGroups) =>
        TestRun.Run(compiled, inputs, keepGroups);

    /// <summary>Loads a file in ONNX Runtime, which creates the session before the C# API looks at element types that it lacks.</summary>
    private static void Load(byte[] file)
    {
        using var options = new SessionOptions { GraphOptimizationLevel = GraphOptimizationLevel.ORT_DISABLE_ALL };
        try
        {
            new InferenceSession(file, options).Dispose();
        }
        catch (OnnxRuntimeException e) when (e.Message.Contains("Unregistered TensorElementType", StringComparison.Ordinal)) { }
    }

    private Compilation Compile(CompileOptions options) => new ModelCompiler(OperatorTable.Default, options).Plan(_model);
}
