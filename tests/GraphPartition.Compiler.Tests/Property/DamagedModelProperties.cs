using FsCheck;
using FsCheck.Fluent;
using GraphPartition.Compiler.Import.Opsets;
using GraphPartition.Compiler.Tests.Support;
using GraphPartition.Foundation;
using GraphPartition.Ir.Graphs;
using GraphPartition.Onnx.Reading;
using GraphPartition.Onnx.Writing;
using GraphPartition.Operators;
using GraphPartition.Operators.Schemas;
using GraphPartition.Runtime.Comparison;
using GraphPartition.Runtime.Ort;
using Microsoft.ML.OnnxRuntime;
using Xunit;

namespace GraphPartition.Compiler.Tests.Property;

/// <summary>
/// Damaged 8-bit and FP16 files are compiled or refused with diagnostics, through all passes and expansions; the constants that these fold
/// are computed by ONNX Runtime. The number of files is 200, or that in GP_MUTATIONS. With GP_MUTATION_RUN=1 the files also run, before and
/// after: if ONNX Runtime runs a file, it runs what it became, with about the same numbers. Its kernels do not check all values, and about
/// one such file in 10,000 ends the process; so this is no part of the usual run.
/// </summary>
public sealed class DamagedModelProperties
{
    private const int MostElements = 100_000; // of an input, for a quick run; ONNX Runtime takes empty tensors in some operators only

    private static readonly byte[][] Models = [.. Seeds()];

    [Fact]
    public void Damaged_8_bit_and_FP16_models_are_compiled_or_refused() =>
        Prop.ForAll<byte[]>(bytes => { Compile(Mutation.Of(Models, new Choices(bytes))); }).Check(Mutation.Config(200));

    [Fact]
    public void Models_with_changed_values_are_compiled_or_refused() =>
        Prop.ForAll<byte[]>(bytes => Run(Mutation.OfValues(Models, new Choices(bytes)))).Check(Mutation.Config(200));

    /// <returns>The model and its plan; null where it is refused.</returns>
    private static (Model Model, Compilation Plan)? Compile(byte[] file)
    {
        try
        {
            Model model = OnnxReader.Read(file, new() { Rules = OperatorTable.Default, Normalizer = OpsetNormalizer.Instance });
            var options = new CompileOptions { Evaluator = new OrtConstantEvaluator(), Verify = true };
            Compilation plan = new ModelCompiler(OperatorTable.Default, options).Plan(model);
            OnnxWriter.ToBytes(plan.ToCompiledModel().Model);
            return (model, plan);
        }
        catch (ModelException e)
        {
            Assert.All(e.Diagnostics, d => Assert.Matches("^GP[123]", d.Code.Id));
            return null;
        }
    }

    private static void Run(byte[] file)
    {
        if (Compile(file) is not var (model, plan) || Environment.GetEnvironmentVariable("GP_MUTATION_RUN") != "1"
            || model.Graph.Inputs.Any(v => v.Shape is not { IsStatic: true, ElementCount: > 0 and <= MostElements })
            || !model.Graph.Constants.All(HasUsualNumbers)) return;
        Dictionary<string, DataValue> inputs;
        DataValue[] expected;
        try
        {
            inputs = TestRun.Inputs(model.Graph);
            expected = TestRun.RunPlain(OnnxWriter.ToBytes(OpsetExport.Lowest(model)), inputs, optimize: false);
        }
        catch (Exception e) when (e is OnnxRuntimeException or ModelException)
        {
            return; // what ONNX Runtime refuses has no numbers
        }
        DataValue[] actual = TestRun.RunPlain(OnnxWriter.ToBytes(OpsetExport.Lowest(plan.Model)), inputs, optimize: false);
        for (int i = 0; i < expected.Length; i++)
        {
            TensorDifference difference = ValueDifference.Between(expected[i], actual[i], Tolerance.Exact);
            // Steps may differ where the kernel rounds in another order; with few and large steps that is much.
            Assert.True(difference.Agrees || difference.SignalToNoise > 20 || difference.Outside <= 2, difference.ToString());
        }
    }

    /// <summary>With other scales ONNX Runtime's integers overflow, or its tables have the wrong order.</summary>
    private static bool HasUsualNumbers(Value constant)
    {
        if (constant.ElementType != ElementType.Float32) return true;
        foreach (float number in constant.Data!.As<float>())
            if (number != 0 && !(Math.Abs(number) is > 1e-4f and < 1e4f)) return false;
        return constant.Data!.ElementCount != 1 || constant.Data.As<float>()[0] > 0;
    }

    private static IEnumerable<byte[]> Seeds()
    {
        foreach (string form in QuantizedModel.Forms)
            for (int pick = 0; pick < 3; pick++)
                yield return Bytes(new QuantizedModel(form, [1 + pick, 2, 3, pick, 1 + pick, 2, pick, pick, 5]).Build());
        foreach (string nodes in (string[])
        [
            "h = MatMul(x, w)\n  y = Softmax(h) {axis = 1}",
            "c = Cast(x) {to = 1}\n  r = ReduceMean(c)\n  d = Cast(r) {to = 10}\n  y = Add(x, d)",
            "h = LayerNormalization(x, v)\n  g = Gelu(h)\n  y = Clip(g, low, high)",
            "h = Gemm(x, w, v) {transB = 1}\n  t = Transpose(h)\n  y = Mul(t, low)",
        ])
            yield return Bytes(PassRun.Parse($$"""
                graph g(x: f16[4,4]) -> (y) {
                  const w: f16[4,4] = {0.5, 1, -1, 2, 0.5, 1, -1, 2, 0.5, 1, -1, 2, 0.5, 1, -1, 2}
                  const v: f16[4] = {1, 2, 3, 4}
                  const low: f16[] = {-6}
                  const high: f16[] = {60000}
                  {{nodes}}
                }
                """, OperatorSchemas.CanonicalOpset) with { SourceOpset = 18 });
    }

    private static byte[] Bytes(Model model) => OnnxWriter.ToBytes(OpsetExport.Lowest(model));
}
