using System.Globalization;
using GraphPartition.Compare;
using GraphPartition.CompiledModels;
using GraphPartition.Compiler;
using GraphPartition.Compiler.Explaining;
using GraphPartition.Compiler.Import;
using GraphPartition.Compiler.Passes;
using GraphPartition.Compiler.Planning;
using GraphPartition.Compiler.Planning.Constraints;
using GraphPartition.Compiler.Tagging;
using GraphPartition.Ir.Graphs;
using GraphPartition.Ir.Tensors;
using GraphPartition.Onnx.Reading;
using GraphPartition.Onnx.TestData;
using GraphPartition.Operators;
using GraphPartition.Runtime.Comparison;
using Xunit;

namespace GraphPartition.Tests.Conformance;

/// <summary>
/// Models of foreign exporters with expected outputs, under every kind of partition. With GRAPHPARTITION_FULL_GRID=1 every model runs
/// under thirty seeds.
/// </summary>
public sealed class ExportedModelTests
{
    public static TheoryData<string> Models => [.. SharedModels.Exported];

    public static TheoryData<string> LightModels => [.. SharedModels.Light];

    public static TheoryData<string> MindIrModels => [.. SharedModels.MindIr];

    [SharedTheory]
    [MemberData(nameof(Models))]
    public void Every_partition_gives_the_expected_outputs(string name)
    {
        Model model = ModelFile.Read(SharedModels.ModelOf(name), OperatorTable.Default);
        (Dictionary<string, DataValue> inputs, DataValue[] expected, bool exact) = Data(name, model);
        Tolerance tolerance = ToleranceOf(name, exact);
        foreach (string support in new[] { "table", "all", "none" }) Check(support, keepGroups: false);
        foreach (double p in new[] { 0.2, 0.5, 0.8 })
            for (ulong seed = 1; seed <= Grid.Size(10, 30); seed++)
                Check(FormattableString.Invariant($"random:{seed}:{p}"), keepGroups: true, optimize: seed % 2 == 0);

        // Without optimization every group is computed as it was compiled; with it ONNX Runtime may lay out tensors across groups.
        void Check(string support, bool keepGroups, bool optimize = true)
        {
            Compilation compilation = Partitions.Plan(model, support, Passes(exact));
            PlanReport report = compilation.Explain();
            Assert.True(report.IsMinimum, support);
            Assert.Equal(report.MinimumEngines, report.Engines.Length);
            DataValue[] actual = TestRun.Run(compilation.ToCompiledModel(), inputs, keepGroups, optimize && !exact);
            AssertClose(support, expected, actual, tolerance);
        }
    }

    [SharedTheory]
    [MemberData(nameof(Models))]
    public void A_compiled_file_gives_the_expected_outputs_here_and_in_plain_onnx_runtime(string name)
    {
        Model model = ModelFile.Read(SharedModels.ModelOf(name), OperatorTable.Default);
        (Dictionary<string, DataValue> inputs, DataValue[] expected, bool exact) = Data(name, model);
        Tolerance tolerance = ToleranceOf(name, exact);
        using var folder = new TemporaryFolder();
        string path = folder.File("compiled.onnx"), again = folder.File("again.onnx");

        foreach (string support in new[] { "table", "random:1:0.5" })
        {
            CompiledModelFormat.Write(Partitions.Compile(model, support, Passes(exact)), path);
            CompiledModelFormat.Write(Partitions.Compile(model, support, Passes(exact)), again);
            Assert.Equal(File.ReadAllBytes(path), File.ReadAllBytes(again));

            CompiledModel compiled = CompiledModelFormat.Read(ModelFile.Read(path, OperatorTable.Default));
            AssertClose(support, expected, TestRun.Run(compiled, inputs, keepGroups: true, optimize: !exact), tolerance);
            AssertClose(support, expected, TestRun.RunPlain(File.ReadAllBytes(path), inputs, optimize: !exact), tolerance);
        }
    }

    [SharedTheory]
    [MemberData(nameof(LightModels))]
    public void Light_networks_give_their_expected_outputs(string name)
    {
        Model model = ModelFile.Read(SharedModels.FileOf(name), OperatorTable.Default);
        Value input = Assert.Single(model.Graph.Inputs);
        long[] dims = [.. input.Shape!.Dims.Select(d => d.Size)];
        int n = (int)TensorData.CountOf([.. dims]);
        float[] ramp = [.. Enumerable.Range(0, n).Select(i => (float)((double)i / n))];
        var inputs = new Dictionary<string, DataValue> { [input.Name] = TensorData.Floats(ramp, dims) };
        DataValue expected = TestDataSet.ReadValue(
            Path.Combine(OutsideFolders.SharedModels, "onnx-light", name + "_output_0.pb"), model.Graph.Outputs[0].Type);
        foreach (string support in RandomSupports(1).Prepend("table"))
            AssertClose(support, [expected], TestRun.Run(Partitions.Compile(model, support, Pipeline.Standard), inputs, keepGroups: true),
                new(1e-3, 1e-4));
    }

    [SharedTheory]
    [MemberData(nameof(MindIrModels))]
    public void Networks_of_MindSpore_give_the_same_outputs_in_groups(string name)
    {
        Model model = ModelFile.Read(SharedModels.FileOf(name), OperatorTable.Default);
        Dictionary<string, DataValue> inputs = TestRun.Inputs(model.Graph);
        DataValue[] whole = TestRun.Run(Partitions.Compile(model, "none"), inputs, keepGroups: false);
        foreach (string support in RandomSupports(5).Append("table"))
            AssertClose(support, whole, TestRun.Run(Partitions.Compile(model, support, Pipeline.Standard), inputs, keepGroups: true),
                new(1e-3, 1e-4));
    }

    [SharedTheory]
    [MemberData(nameof(Models))]
    [MemberData(nameof(LightModels))]
    [MemberData(nameof(MindIrModels))]
    public void The_plan_is_the_minimum_and_no_rule_of_another_system_beats_it(string name)
    {
        Graph graph = ModelFile.Read(SharedModels.FileOf(name), OperatorTable.Default).Graph;
        for (ulong seed = 1; seed <= 30; seed++)
        {
            var support = new RandomSupport(seed, 0.2 + (0.3 * (seed % 3)));
            PartitionPlan plan = PartitionPlan.Of(graph, new(support, GroupMode.Minimum, PlanConstraints.None));
            Assert.True(plan.Partitioning.IsMinimum, support.Name);
            RuleComparison[] rules = [.. RuleComparison.Of(plan)];
            foreach (RuleComparison rule in rules.Where(r => r is { Cycle: null, HasOwnOperators: false }))
                Assert.True(rule.Engines > rules[0].Engines
                    || (rule.Engines == rules[0].Engines && rule.BoundaryBytes >= rules[0].BoundaryBytes),
                    $"{support.Name}: {rule} against {rules[0]}");
        }
    }

    private static IEnumerable<string> RandomSupports(ulong sample) =>
        Enumerable.Range(1, (int)Grid.Size(sample, 30))
            .Select(seed => string.Create(CultureInfo.InvariantCulture, $"random:{seed}:{0.2 + (0.3 * (seed % 3))}"));

    /// <summary>
    /// Inputs and expected outputs. A model without expected outputs sorts near-equal numbers, so that rounding decides: it is
    /// compared with plain ONNX Runtime, both without graph optimization, and then agrees to the last bit.
    /// </summary>
    private static (Dictionary<string, DataValue> Inputs, DataValue[] Expected, bool Exact) Data(string name, Model model)
    {
        TestDataSet set = TestDataSet.Read(SharedModels.DataOf(name), model.Graph);
        Dictionary<string, DataValue> inputs = set.Inputs.ToDictionary(i => i.Name, i => i.Value);
        return set.Outputs.Length > 0
            ? (inputs, [.. set.Outputs.Select(o => o.Value)], false)
            : (inputs, TestRun.RunPlain(File.ReadAllBytes(SharedModels.ModelOf(name)), inputs, optimize: false), true);
    }

    private static Pipeline Passes(bool exact) => exact ? Pipeline.Exact : Pipeline.Standard;

    private static Tolerance ToleranceOf(string name, bool exact) =>
        exact ? Tolerance.Exact : name == "qat_qdq" ? new(1e-2, 1e-2) : new(1e-3, 1e-4); // a rounding of quantization may flip

    private static void AssertClose(string what, DataValue[] expected, DataValue[] actual, Tolerance tolerance)
    {
        Assert.Equal(expected.Length, actual.Length);
        for (int i = 0; i < expected.Length; i++)
        {
            string? fault = ValueDifference.Between(expected[i], actual[i], tolerance).Fault;
            Assert.True(fault is null, $"{what}: output {i}: {fault}");
        }
    }
}
