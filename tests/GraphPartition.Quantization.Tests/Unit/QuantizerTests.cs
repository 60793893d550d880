using GraphPartition.Compiler.Import.Opsets;
using GraphPartition.Foundation;
using GraphPartition.Ir.Graphs;
using GraphPartition.Ir.Tensors;
using GraphPartition.MixedPrecision.Budgets;
using GraphPartition.MixedPrecision.Options;
using GraphPartition.Onnx.Reading;
using GraphPartition.Onnx.Writing;
using GraphPartition.Operators;
using GraphPartition.Operators.Definitions;
using GraphPartition.Quantization.Caches;
using GraphPartition.Quantization.Calibration;
using GraphPartition.Quantization.Options;
using GraphPartition.Quantization.Placement;
using GraphPartition.Quantization.Replacing;
using GraphPartition.Quantization.Tests.Support;
using Xunit;

namespace GraphPartition.Quantization.Tests.Unit;

/// <summary>The whole way: calibration, search, files, and what bad input gets.</summary>
public sealed class QuantizerTests
{
    private static Model Small()
    {
        var net = new Net();
        return net.Build(net.Conv(net.Op("Relu", [net.Conv(net.Input())])));
    }

    /// <summary>Compares a matrix product with the formula: each number x becomes q(x) = clip(round(x / s)) * s.</summary>
    [Fact]
    public void A_quantized_product_has_the_numbers_of_its_definition()
    {
        var net = new Net();
        Model model = net.Build(net.MatMul(net.Input("x", 4, 16), 16, 3));
        QuantizedModel quantized = Net.Quantize(model, change: Net.ByMax);
        float[] x = [.. Enumerable.Range(0, 64).Select(i => MathF.Cos(i) * 4)];
        DataValue given = TestRun.RunPlain(OnnxWriter.ToBytes(OpsetExport.Lowest(quantized.Model)),
            new Dictionary<string, DataValue> { ["x"] = new TensorValue(TensorData.Floats(x, 4, 16)) }, optimize: false)[0];
        float scale = quantized.Scales.Single().Value;
        float[] w = model.Graph.Constants[0].Data!.As<float>().ToArray();
        ReadOnlySpan<float> y = ((TensorValue)given).Data.As<float>();
        for (int r = 0; r < 4; r++)
            for (int c = 0; c < 3; c++)
            {
                float step = Enumerable.Range(0, 16).Max(k => MathF.Abs(w[k * 3 + c])) / 127;
                double sum = 0;
                for (int k = 0; k < 16; k++)
                    sum += Math.Clamp(MathF.Round(x[r * 16 + k] / scale), -128, 127) * (double)scale
                        * (Math.Clamp(MathF.Round(w[k * 3 + c] / step), -128, 127) * (double)step);
                Assert.Equal(sum, y[r * 3 + c], 4);
            }
    }

    [Fact]
    public void A_stopped_calibration_goes_on_where_it_was()
    {
        using var folder = new TemporaryFolder();
        Model model = Small();
        using Samples samples = Samples.Of(model.Graph, 5);
        var groups = QuantizationPlanner.Plan(model.Graph, new(QuantizationFormat.Int8)).Groups;
        using var stop = new CancellationTokenSource();
        var options = new CalibrationOptions
        {
            State = Path.Combine(folder.Path, "state"),
            Cancellation = stop.Token,
            Progress = (done, _) => { if (done == 2) stop.Cancel(); },
        };
        Assert.Throws<OperationCanceledException>(() => Calibrator.Collect(model, groups, samples.Runner, options));
        var seen = new List<int>();
        var resumed = Calibrator.Collect(model, groups, samples.Runner,
            options with { Cancellation = default, Progress = (done, _) => seen.Add(done), MostBytes = 1 });
        Assert.Equal([3, 4, 5], seen);
        var whole = Calibrator.Collect(model, groups, samples.Runner, new());
        for (int g = 0; g < groups.Length; g++) Assert.Equal(whole[g][0].Counts.ToArray(), resumed[g][0].Counts.ToArray());
        using Samples others = Samples.Of(model.Graph, 4);
        Assert.Equal("GP3210", Code(() => Calibrator.Collect(model, groups, others.Runner, options)));
    }

    [Fact]
    public void A_budget_keeps_few_layers_and_holds()
    {
        Model model = Net.FromCodes([0, 6, 1, 6, 5, 6, 9, 6, 0]);
        QuantizedModel all = Net.Quantize(model);
        double before = all.Report.Outputs[0].Decibels;
        QuantizedModel within = Net.Quantize(model, change: j => j with { Budgets = [new(null, BudgetMetric.Sqnr, before + 3)] });
        Assert.InRange(within.Report.Quantized, 1, all.Report.Quantized - 1);
        Assert.InRange(within.Report.Outputs[0].Decibels, before + 3, 200);
        Assert.Contains("budget", within.Report.Layers.First(l => l.Reason is not null).Reason!, StringComparison.Ordinal);
        Model other = Net.FromCodes([0, 6, 1, 6, 5, 6, 9, 6, 6, 0]); // other weights: even FP32 misses
        other = other with { Graph = new Net().Renamed(other.Graph, model.Graph.Outputs[0].Name) };
        Assert.Equal("GP3212", Code(() => Net.Quantize(
            model, change: j => j with { Source = other, Budgets = [new(null, BudgetMetric.Sqnr, 90)] })));
    }

    [Theory]
    [InlineData("int8", 13)]
    [InlineData("fp8", 19)]
    [InlineData("int4-weights", 21)]
    public void Formats_have_their_opset_and_work_in_16_bits_too(string name, int opset)
    {
        QuantizationFormat format = QuantizationFormat.All.Single(f => f.Name == name);
        var net = new Net();
        Value x = net.Input("x", 4, 64);
        Model model = net.Build(net.MatMul(net.Op("Relu", [net.MatMul(x, 64, 32)]), 32, 16));
        foreach (PrecisionOptions? rest in (PrecisionOptions?[])[null, new(LowFormat.Fp16)])
        {
            QuantizedModel quantized = Net.Quantize(model, format, j => j with { Rest = rest });
            Model written = OpsetExport.Lowest(quantized.Model);
            Assert.Equal(rest is null ? opset : Math.Max(19, opset), written.Opsets[""]);
            Assert.Equal(2, quantized.Report.Quantized);
            Assert.InRange(quantized.Report.Outputs[0].Decibels, name == "int4-weights" ? 12 : 20, 90);
            ElementType scale = rest is null ? ElementType.Float32 : ElementType.Float16;
            Assert.All(quantized.Model.Graph.Nodes.Where(n => n.Op.Is("DequantizeLinear")),
                n => Assert.Equal(scale, n.Inputs[1]!.ElementType));
        }
    }

    [Fact]
    public void Scales_come_from_a_cache_and_go_into_one()
    {
        Model model = Small();
        QuantizedModel first = Net.Quantize(model);
        CalibrationCache cache = CalibrationCache.Of(first.Scales);
        QuantizedModel second = Net.Quantize(model, change: j => j with { Runner = null, Cache = cache });
        Assert.Equal(first.Scales.Select(x => x.Value), second.Scales.Select(x => x.Value));
        Assert.Equal((2, 2), second.Report.Cache);
        CalibrationCache other = CalibrationCache.Of([KeyValuePair.Create("nowhere", 1f)]);
        Assert.Equal("GP3207", Code(() => Net.Quantize(model, change: j => j with { Runner = null, Cache = other })));
        CalibrationCache half = CalibrationCache.Of([first.Scales[0]]);
        QuantizedModel part = Net.Quantize(model, change: j => j with { Runner = null, Cache = half });
        Assert.Equal(("GP3208", 1), (Assert.Single(part.Report.Warnings).Code.Id, part.Report.Quantized));
    }

    [Fact]
    public void Quantization_is_taken_out_and_placed_anew()
    {
        Model model = Small();
        QuantizedModel quantized = Net.Quantize(model);
        Assert.Equal("GP3202", Code(() => Net.Quantize(quantized.Model)));
        Model plain = Dequantizer.Run(quantized.Model, OperatorTable.Default);
        Assert.Null(Dequantizer.Rest(plain.Graph));
        Assert.Equal(model.Graph.Nodes.Length, plain.Graph.Nodes.Length);
        Assert.Equal(quantized.Report.Quantized, Net.Quantize(plain).Report.Quantized);
    }

    [Fact]
    public void Bad_samples_are_named()
    {
        Model model = Small();
        string With(Samples samples)
        {
            using (samples) return Code(() => Net.Quantize(model, change: j => j with { Runner = samples.Runner }));
        }
        Assert.Equal("GP3203", With(Samples.Of(model.Graph, 1f, float.NaN)));
        Assert.Equal("GP3203", With(Samples.Of(model.Graph, float.PositiveInfinity)));
        Assert.Equal("GP3204", With(Samples.Of(model.Graph, 0)));
        Assert.Equal("GP3204", Code(() => Net.Quantize(model, change: j => j with { Runner = null })));
    }

    [Fact]
    public void Activations_of_zeros_keep_their_layers()
    {
        Model model = Small();
        using Samples zeros = Samples.Of(model.Graph, 0f);
        QuantizedModel quantized = Net.Quantize(model, change: j => j with { Runner = zeros.Runner });
        Assert.Equal("GP3205", Assert.Single(quantized.Report.Warnings).Code.Id);
        Assert.Equal(1, quantized.Report.Quantized);
        Assert.Contains("zero on all samples", quantized.Report.Layers[0].Reason!, StringComparison.Ordinal);
    }

    [Fact]
    public void A_format_that_the_target_lacks_is_named()
    {
        Model model = Small();
        Assert.Equal("GP3209", Code(() => Net.Quantize(model, QuantizationFormat.Fp8, target: "tensorrt-8.5")));
        Assert.Equal(2, Net.Quantize(model, target: "tensorrt-8.5").Report.Quantized);
        Assert.Equal(2, Net.Quantize(model, QuantizationFormat.Fp8, target: "tensorrt-11.1").Report.Quantized);
    }

    [Fact]
    public void A_channel_of_large_numbers_is_smoothed()
    {
        var net = new Net();
        float[] sizes = [.. Enumerable.Range(0, 32).Select(i => i == 5 ? 80f : 1f)];
        Value x = net.Op("Mul", [net.Input("x", 16, 32), net.Builder.Constant("sizes", TensorData.Floats(sizes, 32))]);
        Model model = net.Build(net.MatMul(x, 32, 16));
        double plain = Net.Quantize(model, change: Net.ByMax).Report.Outputs[0].Decibels;
        QuantizedModel smooth = Net.Quantize(model);
        Assert.Contains("SmoothQuant", smooth.Report.Method, StringComparison.Ordinal);
        Assert.True(smooth.Report.Outputs[0].Decibels > plain + 3, $"{smooth.Report.Outputs[0].Decibels} after {plain}");
    }

    [Fact]
    public void A_mean_error_of_weights_is_taken_back_by_the_bias()
    {
        var net = new Net();
        Value x = net.Op("Add", [net.Op("Tanh", [net.Input()]), net.Builder.Constant("four", TensorData.Floats([4f], []))]);
        Model model = net.Build(net.Conv(x));
        QuantizedModel corrected = Net.Quantize(model);
        Assert.Contains("bias correction", corrected.Report.Method, StringComparison.Ordinal);
        double best = corrected.Report.Methods.Max(m => m.Outputs[0].Decibels);
        Assert.True(corrected.Report.Outputs[0].Decibels > best + 0.5, $"{corrected.Report.Outputs[0].Decibels} after {best}");
    }

    /// <summary>A method or a change that only half of the samples like must not be taken.</summary>
    [Fact]
    public void The_choice_is_near_the_best_method()
    {
        for (int seed = 1; seed <= 6; seed++)
        {
            var random = new Random(seed);
            double Draw() => Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
            TensorData Normal(double size, params long[] dims) =>
                TensorData.Floats([.. Enumerable.Range(0, (int)TensorData.CountOf([.. dims])).Select(_ => (float)(size * Draw()))], dims);
            var net = new Net();
            Value Product(Value x, string name, long rows, long columns) =>
                net.Op("MatMul", [x, net.Builder.Constant(name, Normal(0.3, rows, columns))]);
            Value x = net.Op("Relu", [Product(net.Input("x", 16, 130), "a", 130, 65)]);
            Model model = net.Build(Product(Product(x, "b", 65, 33), "c", 33, 31));
            using var samples = new Samples(
                Enumerable.Range(0, 4).Select(_ => new Dictionary<string, DataValue> { ["x"] = Normal(1, 16, 130) }));
            var report = Net.Quantize(model, change: job => job with { Runner = samples.Runner }).Report;
            double best = report.Methods.Max(m => m.Outputs[0].Decibels);
            Assert.True(report.Outputs[0].Decibels > best - 1.5, $"seed {seed}: {report.Outputs[0].Decibels:F1} dB, the best method {best:F1} dB");
        }
    }

    [Fact]
    public void A_model_without_layers_is_named()
    {
        var net = new Net();
        Assert.Equal("GP3201", Code(() => Net.Quantize(net.Build(net.Op("Relu", [net.Input()])))));
    }

    private static string Code(Action action) => Assert.Throws<ModelException>(action).Diagnostics[0].Code.Id;
}
