using GraphPartition.Compiler;
using GraphPartition.Compiler.Import;
using GraphPartition.Compiler.Import.Opsets;
using GraphPartition.Compiler.Passes;
using GraphPartition.Compiler.Tagging;
using GraphPartition.Foundation;
using GraphPartition.Ir.Graphs;
using GraphPartition.Onnx.Reading;
using GraphPartition.Onnx.TestData;
using GraphPartition.Onnx.Writing;
using GraphPartition.Operators;
using GraphPartition.Runtime.Comparison;
using GraphPartition.Runtime.Ort;
using GraphPartition.Tests.Support;
using Xunit;

namespace GraphPartition.Tests.Conformance;

/// <summary>
/// 8-bit and fused files of <c>../shared/models/converted</c>: as many engines as the float model, and the numbers of ONNX Runtime, in one
/// piece and cut at random. <c>benchmarks converted</c> makes the table of all files.
/// </summary>
public sealed class ConvertedModelTests
{
    /// <summary>A signal-to-noise ratio is given where the expanded form rounds in another order than the fused kernel.</summary>
    [SharedTheory("models/converted")]
    [InlineData("basic_pitch_nmp.ortdyn")]
    [InlineData("distilbert_small.moint4")]
    [InlineData("distilbert_small.moint8")]
    [InlineData("distilbert_small.nbits", 100)]
    [InlineData("distilbert_small.nbitsqdq")]
    [InlineData("distilbert_small.ortall", 100)]
    [InlineData("distilbert_small.ortbasic")]
    [InlineData("distilbert_small.ortdyn")]
    [InlineData("distilbert_small.ortopt", 100)]
    [InlineData("distilbert_small.ortqdq")]
    [InlineData("distilbert_small.ortqdqu8")]
    [InlineData("distilbert_small.ortqopraw")]
    [InlineData("mobilenet_v3_small.ortdyn")]
    [InlineData("mobilenet_v3_small.ortqdq")]
    [InlineData("mobilenet_v3_small.ortqop")]
    [InlineData("vit_small.ortdyn")]
    [InlineData("vit_small.ortqdq")]
    [InlineData("vit_small.ortqdqu8")]
    [InlineData("vit_small.ortqop")]
    public void One_engine_computes_the_numbers_of_the_file(string name, double decibels = double.PositiveInfinity)
    {
        string folder = Path.Combine(OutsideFolders.SharedModels, "converted", name), path = Path.Combine(folder, "model.onnx");
        Model model = ModelFile.Read(path, OperatorTable.Default);
        Dictionary<string, DataValue> inputs = TestDataSet.Read(Path.Combine(folder, "test_data_set_0"), model.Graph).Inputs
            .ToDictionary(i => i.Name, i => i.Value);
        Compilation plan = Planned(model, new() { Evaluator = new OrtConstantEvaluator() });
        Assert.Equal((1, 1), (plan.Plan.TotalEngines, plan.Plan.Segments.Length));

        DataValue[] expected = TestRun.RunPlain(File.ReadAllBytes(path), inputs, optimize: false);
        DataValue[] actual = TestRun.RunPlain(OnnxWriter.ToBytes(OpsetExport.Lowest(plan.Model)), inputs, optimize: false);
        for (int i = 0; i < expected.Length; i++)
        {
            TensorDifference difference = ValueDifference.Between(expected[i], actual[i], Tolerance.Exact);
            Assert.True(difference.Agrees || difference.SignalToNoise >= decibels, $"output {i}: {difference}");
        }

        CompileOptions cut = new() { SupportPolicy = new RandomSupport(7, 0.5), Passes = Pipeline.None };
        DataValue[] parts = TestRun.Run(Planned(plan.Model, cut).ToCompiledModel(), inputs, keepGroups: true, optimize: false);
        for (int i = 0; i < actual.Length; i++)
            Assert.Null(ValueDifference.Between(actual[i], parts[i], Tolerance.Exact).Fault);
    }

    /// <summary>
    /// ONNX Runtime drops FP16 roundings on a CPU where it can, and some models hang on them. If every node runs alone, all are made, and
    /// the graphs before and after a pass that moves no number are equal.
    /// </summary>
    [SharedFact("models/converted")]
    public void Reshapes_change_no_number_of_an_FP16_model_whose_nodes_run_alone()
    {
        string folder = Path.Combine(OutsideFolders.SharedModels, "converted", "basic_pitch_nmp.ort16");
        Model model = ModelFile.Read(Path.Combine(folder, "model.onnx"), OperatorTable.Default);
        Dictionary<string, DataValue> inputs = TestDataSet.Read(Path.Combine(folder, "test_data_set_0"), model.Graph).Inputs
            .ToDictionary(i => i.Name, i => i.Value);
        DataValue[] Alone(string passes) => TestRun.Run(Planned(model, new()
        {
            SupportPolicy = new UniformSupport("all", Verdict.Yes),
            Constraints = new() { MaxNodes = 1 },
            Passes = Pipeline.Parse(passes),
        }).ToCompiledModel(), inputs, keepGroups: true);
        DataValue[] before = Alone("none"), after = Alone("MergeReshapes");
        for (int i = 0; i < before.Length; i++) Assert.Null(ValueDifference.Between(before[i], after[i], Tolerance.Exact).Fault);
    }

    /// <summary>
    /// A pass removes Reshapes, and with them roundings, which move outputs further than the tolerance of FP16. In float32 nothing moves.
    /// </summary>
    [SharedTheory("models/converted")]
    [InlineData("unpartitioned run except for roundings to 16 bits")]
    [InlineData("test data except for roundings to 16 bits", "--test-data")]
    public void Roundings_in_other_places_are_no_difference(string expected, params string[] options)
    {
        string folder = Path.Combine(OutsideFolders.SharedModels, "converted", "basic_pitch_nmp.ort16");
        GpcProcess.Outcome run = GpcProcess.Run(
            ["run", Path.Combine(folder, "model.onnx"), .. options, .. options.Select(_ => Path.Combine(folder, "test_data_set_0"))]);
        Assert.Equal(0, run.ExitCode);
        Assert.Contains(expected, run.Output, StringComparison.Ordinal);
    }

    private static Compilation Planned(Model model, CompileOptions options) =>
        new ModelCompiler(OperatorTable.Default, options).Plan(model);
}
