using FsCheck;
using FsCheck.Fluent;
using GraphPartition.Compiler.Import.Opsets;
using GraphPartition.Compiler.Passes;
using GraphPartition.Compiler.Tagging;
using GraphPartition.Compiler.Tests.Support;
using GraphPartition.Ir.Graphs;
using GraphPartition.Ir.Tensors;
using GraphPartition.Onnx.Reading;
using GraphPartition.Onnx.Writing;
using GraphPartition.Operators;
using GraphPartition.Runtime.Ort;
using Xunit;

namespace GraphPartition.Compiler.Tests.Property;

/// <summary>
/// Operators on 8-bit numbers become one engine, and compute what ONNX Runtime's kernels compute: bit for bit where both do the same
/// operations, else within one step of the result.
/// </summary>
public sealed class QuantizationProperties
{
    public static TheoryData<string> Forms => [.. QuantizedModel.Forms];

    [Theory]
    [MemberData(nameof(Forms))]
    public void An_expanded_operator_computes_what_the_kernel_computes(string form) => Prop.ForAll(
        Arb.From(Gen.ArrayOf(Gen.Choose(0, 60), 9), Smaller), picks => Agrees(new(form, picks)))
        .Check(Config.QuickThrowOnFailure.WithMaxTest(30));

    /// <summary>The expanded model is right in any cut: 8-bit numbers cross boundaries as they are.</summary>
    [Theory]
    [InlineData("Chain")]
    [InlineData("QLinearConv*")]
    [InlineData("DynamicQuantizeLinear*")]
    public void An_expanded_operator_can_be_cut_anywhere(string form) => Prop.ForAll(
        Arb.From(Gen.ArrayOf(Gen.Choose(0, 60), 9), Smaller), picks =>
        {
            var quantized = new QuantizedModel(form, picks);
            Model model = quantized.Build();
            Model expanded = Plan(model, new()).Model;
            var options = new CompileOptions { SupportPolicy = new RandomSupport((ulong)picks[0], 0.5), Passes = Pipeline.None };
            Dictionary<string, DataValue> inputs = quantized.Inputs(model.Graph);
            Compilation cut = new ModelCompiler(OperatorTable.Default, options).Plan(expanded);
            DataValue[] expected = TestRun.RunPlain(OnnxWriter.ToBytes(OpsetExport.Lowest(expanded)), inputs, optimize: false);
            return TestRun.Difference(expected, TestRun.Run(cut.ToCompiledModel(), inputs, keepGroups: true, optimize: false)) is null;
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(8));

    private static IEnumerable<int[]> Smaller(int[] picks)
    {
        for (int i = 0; i < picks.Length; i++)
            if (picks[i] > 0) yield return [.. picks.Select((p, at) => at == i ? p / 2 : p)];
    }

    private static Compilation Plan(Model model, CompileOptions options) => new ModelCompiler(OperatorTable.Default,
        options with { Evaluator = new OrtConstantEvaluator(), Verify = true }).Plan(model);

    private static bool Agrees(QuantizedModel quantized)
    {
        Model model = quantized.Build();
        Compilation plan = Plan(model, new());
        Assert.True(plan.Plan.Segments.Length == 1 && plan.Plan.TotalEngines == 1, string.Join("; ",
            plan.Plan.Placements.Where(p => !p.IsYes).Select(p => p.Reason).Concat(plan.Refusals.Select(r => r.ToString()))));
        Dictionary<string, DataValue> inputs = quantized.Inputs(model.Graph);
        float[] expected = Run(model, inputs), actual = Run(plan.Model, inputs);
        double step = quantized.Form.Contains("Float", StringComparison.OrdinalIgnoreCase) || quantized.Form is "DynamicQuantizeMatMul" or "QAttention"
            ? 1e-5 * Math.Max(1, expected.Max(Math.Abs)) : 1.001 * quantized.Step;
        double allowed = quantized.IsExact ? 0 : step;
        for (int i = 0; i < expected.Length; i++)
            Assert.True(Math.Abs(expected[i] - actual[i]) <= allowed, $"element {i}: {expected[i]:R}, expanded {actual[i]:R}, step {step}");
        return expected.Length == actual.Length;
    }

    private static float[] Run(Model model, Dictionary<string, DataValue> inputs)
    {
        var result = (TensorValue)TestRun.RunPlain(OnnxWriter.ToBytes(OpsetExport.Lowest(model)), inputs, optimize: false)[0];
        return [.. Enumerable.Range(0, (int)result.Data.ElementCount)
            .Select(i => (float)Numbers.At(result.Data.Element, result.Data.Bytes.Span, i))];
    }
}
