using GraphPartition.Compiler;
using GraphPartition.Compiler.Import;
using GraphPartition.Compiler.Import.Opsets;
using GraphPartition.Compiler.Planning;
using GraphPartition.Foundation;
using GraphPartition.Ir.Graphs;
using GraphPartition.Onnx.Reading;
using GraphPartition.Onnx.TestData;
using GraphPartition.Onnx.Writing;
using GraphPartition.Operators;
using GraphPartition.Operators.TensorRt;
using GraphPartition.Quantization.Options;
using GraphPartition.Quantization.Replacing;
using GraphPartition.Quantization.Targets;
using GraphPartition.Quantization.Tests.Support;
using GraphPartition.Runtime.Ort;
using Xunit;
using Xunit.Abstractions;

namespace GraphPartition.Quantization.Tests.Conformance;

/// <summary>Models of exporters, and files that other quantizers wrote.</summary>
public sealed class SharedModelTests(ITestOutputHelper log)
{
    private static readonly string[] Sample = ["vit_small", "unet_like", "bert_small"];

    /// <summary>Their outputs are chosen by scores, so a rounding changes which.</summary>
    private static readonly string[] Choosing = ["ssdlite320", "mixed_unsupported", "yolo_like", "nonzero_dyn"];

    public static TheoryData<string> Names => [.. SharedModels.Exported.Where(n => Grid.IsFull || n == "none" || Sample.Contains(n))];

    public static TheoryData<string> Quantized => ["distilbert_small.moint8", "distilbert_small.ortdyn", "distilbert_small.ortqdqu8"];

    /// <summary>
    /// The file runs in plain ONNX Runtime, optimized or not; engines are as many as in FP32 on both releases; their tables take each Q/DQ
    /// node.
    /// </summary>
    [SharedTheory]
    [MemberData(nameof(Names))]
    public void A_quantized_model_runs_and_keeps_its_engines(string name)
    {
        Model model = ModelFile.Read(SharedModels.ModelOf(name), OperatorTable.Default);
        foreach (string target in (ReadOnlySpan<string>)["tensorrt-10.16", "tensorrt-11.1"])
        {
            QuantizedModel quantized;
            try
            {
                quantized = Quantize(model, name, target);
            }
            catch (ModelException e) when (e.Diagnostics[0].Code.Id is "GP3201" or "GP3202" or "GP3111")
            {
                log.WriteLine(e.Diagnostics[0].ToString());
                continue;
            }
            (int before, int after) = quantized.Report.Engines!.Value;
            log.WriteLine($"{target}: {quantized.Report.Quantized} layers, {quantized.Report.Outputs.Min(o => o.Decibels):F1} dB");
            Assert.InRange(after, 0, before);
            PartitionPlan plan = new ModelCompiler(OperatorTable.Default, Options(Net.Target(target))).Plan(quantized.Model).Plan;
            for (int n = 0; n < plan.Graph.Nodes.Length; n++)
                if (plan.Graph.Nodes[n].Op.Type is "QuantizeLinear" or "DequantizeLinear") Assert.True(plan.Placements[n].IsYes);
            if (Choosing.Contains(name)) continue;
            Assert.All(quantized.Report.Outputs, o => Assert.InRange(o.Decibels, 8, double.PositiveInfinity));
            byte[] bytes = OnnxWriter.ToBytes(OpsetExport.Lowest(quantized.Model));
            Dictionary<string, DataValue> inputs = Inputs(model, name);
            DataValue[] plain = TestRun.RunPlain(bytes, inputs, optimize: false), fused = TestRun.RunPlain(bytes, inputs, optimize: true);
            Assert.Equal(plain.Length, fused.Length);
        }
    }

    /// <summary>What another quantizer did is taken out, and the result is near the FP32 model that it came from.</summary>
    [SharedTheory]
    [MemberData(nameof(Quantized))]
    public void Quantization_of_others_is_replaced(string name)
    {
        string path = Path.Combine(OutsideFolders.SharedModels, "converted", name, "model.onnx"), stem = name.Split('.')[0];
        Model theirs = new ModelCompiler(OperatorTable.Default, Options(TensorRtTarget.Default))
            .Simplify(ModelFile.Read(path, OperatorTable.Default)).Model;
        Model plain = Dequantizer.Run(theirs, OperatorTable.Default);
        Assert.Null(Dequantizer.Rest(plain.Graph));
        QuantizedModel quantized = Quantize(plain, stem, "tensorrt-10.16",
            source: ModelFile.Read(SharedModels.ModelOf(stem), OperatorTable.Default));
        Assert.InRange(quantized.Report.Outputs.Min(o => o.Decibels), 22, 100);
    }

    private static QuantizedModel Quantize(Model model, string name, string target, Model? source = null)
    {
        using var samples = new Samples([Inputs(model, name)]);
        Model simple = new ModelCompiler(OperatorTable.Default, Options(Net.Target(target))).Simplify(model).Model;
        return Quantizer.Run(new(source ?? model, simple, OperatorTable.Default,
            new(QuantizationFormat.Int8) { Methods = [CalibrationMethod.Mse], SmallLayers = true })
        {
            Runner = samples.Runner,
            Compiler = new TargetCompiler(OperatorTable.Default, Options(Net.Target(target))),
        });
    }

    private static CompileOptions Options(TensorRtTarget target) => new() { Target = target, Evaluator = new OrtConstantEvaluator() };

    private static Dictionary<string, DataValue> Inputs(Model model, string name) =>
        TestDataSet.Read(SharedModels.DataOf(name), model.Graph).Inputs.ToDictionary(i => i.Name, i => i.Value);
}
