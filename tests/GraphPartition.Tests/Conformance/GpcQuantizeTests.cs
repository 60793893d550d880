using System.Text.Json;
using GraphPartition.Compiler.Import;
using GraphPartition.Foundation;
using GraphPartition.Ir.Graphs;
using GraphPartition.Ir.Tensors;
using GraphPartition.Ir.Types;
using GraphPartition.Onnx.TestData;
using GraphPartition.Operators;
using GraphPartition.Operators.Schemas;
using GraphPartition.Tests.Support;
using Xunit;

namespace GraphPartition.Tests.Conformance;

/// <summary><c>gpc quantize</c> as a user meets it, from samples in files to a file that runs.</summary>
public sealed class GpcQuantizeTests : GpcTest
{
    private const int Channels = 16, Side = 16;

    private string Samples => Folder.File("samples");

    private string Output => Folder.File("out.onnx");

    private string[] Quantize(string model, params string[] options) =>
        ["quantize", model, "--calibration-data", Samples, "-o", Output, .. options];

    [Fact]
    public void A_model_is_quantized_within_a_budget_and_a_stopped_search_goes_on()
    {
        string model = Save(Network()), cache = Folder.File("scales"), state = Folder.File("state"), measurements = Folder.File("measured");
        WriteSamples(3);
        double all = Json(Quantize(model, "--layers", "all")).GetProperty("outputs")[0].GetProperty("sqnr").GetDouble();
        string[] budget = Quantize(model, "--layers", "all", "--rest", "fp16", "--budget", $"sqnr:{all + 2:F0}", "--write-cache", cache,
            "--state", state, "--measurements", measurements);
        JsonElement found = Json(budget);
        int quantized = found.GetProperty("quantized").GetInt32();
        Assert.InRange(quantized, 1, 3);
        Assert.True(found.GetProperty("outputs")[0].GetProperty("sqnr").GetDouble() >= Math.Round(all + 2));
        JsonElement engines = found.GetProperty("engines");
        Assert.Equal(engines.GetProperty("before").GetInt32(), engines.GetProperty("after").GetInt32());
        Graph graph = ModelFile.Read(Output, OperatorTable.Default).Graph;
        Assert.Equal(quantized, graph.Nodes.Count(n => n.Op.Is("Conv") && graph.Uses.ProducerOf(n.Inputs[1]!) >= 0));
        Ok("run", Output, "--test-data", Path.Combine(Samples, "0"));

        string[] lines = File.ReadAllLines(measurements);
        File.WriteAllText(measurements, string.Join('\n', lines[..(lines.Length / 2)]) + "\n" + lines[^1][..7]);
        Assert.Equal(found.ToString(), Json(budget).ToString());
        Assert.Equal(lines[1..].Order(), File.ReadAllLines(measurements)[1..].Where(l => l.EndsWith('}')).Order());

        string names = $"{File.ReadAllLines(cache).Length - 1}";
        Assert.Contains($"{names} of {names} names of the calibration cache match",
            Ok("quantize", model, "--layers", "all", "--calibration-cache", cache, "-o", Output).Output, StringComparison.Ordinal);
        WriteSamples(2);
        Refused("GP3210", budget);
        File.Delete(state);
        Refused("GP3115", budget);
    }

    [Theory]
    [InlineData("GP3215", "Swirl")]
    [InlineData("GP3214", "QuantizedSwirl", "--replace")]
    public void An_operator_that_nobody_knows_is_named(string code, string op, params string[] options)
    {
        var builder = new GraphBuilder(OperatorTable.Default);
        var type = IrType.Tensor(ElementType.Float32, Shape.Of(64, 64));
        Value x = builder.Input("x", type), w = builder.Constant("w", TensorData.Floats(new float[64 * 64], 64, 64));
        Value product = builder.Op("MatMul", "p", [x, w]);
        Value y = builder.Add(new OpName("acme", op), [product], [new OutputSpec("y", type)]).Outputs[0]!;
        string model = Save(new Model(builder.Build(y)) { Opsets = OpsetVersions.Standard(18).Add("acme", 1), FormatVersion = 8 });
        Refused(code, ["quantize", model, "--format", "int4-weights", "--layers", "all", "-o", Output, .. options]);
    }

    /// <summary>What came out is taken out again, or placed anew; without the option it is refused.</summary>
    [Theory]
    [InlineData("int8")]
    [InlineData("fp8")]
    [InlineData("int4-weights")]
    public void Each_format_is_written_and_taken_out(string format)
    {
        string model = Save(Network()), again = Folder.File("again.onnx");
        WriteSamples(2);
        int layers = Json(Quantize(model, "--format", format, "--layers", "all", "--method", "max")).GetProperty("quantized").GetInt32();
        Refused("GP3202", "quantize", Output, "--calibration-data", Samples, "-o", again);
        Assert.Equal(layers, Json("quantize", Output, "--calibration-data", Samples, "-o", again, "--format", format, "--layers", "all",
            "--method", "max", "--replace").GetProperty("quantized").GetInt32());
        Ok("quantize", Output, "-o", again, "--format", "dynamic-off");
        Assert.DoesNotContain(ModelFile.Read(again, OperatorTable.Default).Graph.Nodes,
            n => n.Op.Type.Contains("quantize", StringComparison.OrdinalIgnoreCase));
    }

    [Theory]
    [InlineData("GP3209", "--format", "fp8", "--target", "tensorrt-8.5")]
    [InlineData("GP3213", "--format", "fp8", "--method", "entropy")]
    [InlineData("GP3112", "--budget", "z=sqnr:40")]
    [InlineData("GP3005", "--keep", "nowhere")]
    [InlineData("GP3207", "--calibration-cache", "OTHER")]
    [InlineData("GP3206", "--calibration-cache", "NONE")]
    [InlineData("GP3021", "--calibration-cache", "OTHER", "--write-cache", "OTHER")]
    public void A_wrong_option_is_refused_and_nothing_is_written(string code, params string[] options)
    {
        string model = Save(Network());
        WriteSamples(1);
        File.WriteAllText(Folder.File("OTHER"), "TRT-8501-EntropyCalibration2\nof another model: 3c008912\n");
        File.WriteAllText(Folder.File("NONE"), "{}");
        string[] inFolder = [.. options.Select(o => File.Exists(Folder.File(o)) ? Folder.File(o) : o)];
        GpcProcess.Outcome refused = Refused(code, Quantize(model, inFolder));
        if (code == "GP3207") Assert.Contains("0 of its 1 names", refused.Errors, StringComparison.Ordinal);
        Assert.False(File.Exists(Output));
    }

    [Fact]
    public void Bad_samples_are_refused_and_nothing_is_written()
    {
        string model = Save(Network());
        Directory.CreateDirectory(Samples);
        Refused("GP5008", Quantize(model)); // no sample at all
        Refused("GP3204", "quantize", model, "-o", Output);
        Write("0", TensorData.Floats(new float[3], 3));
        Assert.Contains("the model takes f32[1,16,16,16]", Refused("GP5008", Quantize(model)).Errors, StringComparison.Ordinal);
        Write("0", Filled(float.NaN));
        Refused("GP3203", Quantize(model, "--method", "max"));
        Write("0", Filled(float.PositiveInfinity));
        Refused("GP3203", Quantize(model));
        Assert.Equal(2, GpcProcess.Run("quantize", model, "-o", Output, "--budget", "sqnr:20").ExitCode);
        Assert.False(File.Exists(Output));
    }

    /// <summary>Zeros have no scale: their layers stay. Other constants have one.</summary>
    [Theory]
    [InlineData(0f, "is zero on all samples")]
    [InlineData(0.5f, null)]
    [InlineData(1e-38f, null)]
    public void Constant_activations_are_named_or_quantized(float value, string? reason)
    {
        string model = Save(Network());
        Write("0", Filled(value));
        JsonElement report = Json(Quantize(model, "--layers", "all"));
        string? first = report.GetProperty("layers")[0].GetProperty("reason").GetString();
        if (reason is null) Assert.Null(first);
        else Assert.Contains(reason, first!, StringComparison.Ordinal);
        Ok("run", Output, "--test-data", Path.Combine(Samples, "0"));
    }

    /// <summary>Weights that are computed stay, and so do odd groups without <c>--layers all</c>.</summary>
    [Fact]
    public void Odd_layers_have_a_reason()
    {
        string model = Save(Odd());
        WriteSamples(1);
        string refused = Refused("GP3201", Quantize(model)).Errors; // so small that nothing is faster
        string[] reasons = ["its weights are computed", "12 groups and 12 channels, which is no multiple of 8", "FP16 is as fast"];
        foreach (string reason in reasons)
            Assert.Contains(reason, refused, StringComparison.Ordinal);
        JsonElement report = Json(Quantize(model, "--layers", "all"));
        Assert.Equal(report.GetProperty("layers").GetArrayLength() - 1, report.GetProperty("quantized").GetInt32());
        Ok("run", Output, "--test-data", Path.Combine(Samples, "0"));
    }

    /// <summary>Three convolutions and a product.</summary>
    private static Model Network()
    {
        var builder = new GraphBuilder(OperatorTable.Default) { Name = "network" };
        Value x = Input(builder), a = Conv(builder, "a", builder.Op("Relu", "r", [Conv(builder, "b", x, Channels)]), Channels);
        Value sum = builder.Op("Add", "sum", [Conv(builder, "c", a, Channels), x]);
        Value product = builder.Op("MatMul", "product", [sum, Weight(builder, "w", 32, Side, 32)]);
        return ModelOf(builder.Build(builder.Op("Relu", "y", [product])));
    }

    /// <summary>A depthwise convolution of 12 channels, one whose weights are computed, and a common one.</summary>
    private static Model Odd()
    {
        var builder = new GraphBuilder(OperatorTable.Default) { Name = "odd" };
        Value few = Conv(builder, "few", Input(builder), 12), depthwise = Conv(builder, "depthwise", few, 12, groups: 12);
        Value filter = builder.Op("Mul", "filter", [Weight(builder, "f", 16, 16, 12, 1, 1), builder.Op("ReduceMax", "most", [few])]);
        Value computed = builder.Op("Conv", "computed", [depthwise, filter]);
        return ModelOf(builder.Build(Conv(builder, "y", computed, Channels)));
    }

    private static Value Input(GraphBuilder builder) =>
        builder.Input("x", IrType.Tensor(ElementType.Float32, Shape.Of(1, Channels, Side, Side)));

    private static Value Conv(GraphBuilder builder, string name, Value x, int channels, int groups = 1)
    {
        int into = (int)x.Shape![1].Size / groups;
        Value w = Weight(builder, name + "_w", channels, channels, into, 3, 3), b = Weight(builder, name + "_b", 1, channels);
        return builder.Add("Conv", [x, w, b], [name],
            AttributeMap.Of(("pads", new IntsAttribute([1, 1, 1, 1])), ("group", (long)groups)), name).Outputs[0]!;
    }

    /// <summary>Numbers of a fixed sequence, small enough that activations stay near 1.</summary>
    private static Value Weight(GraphBuilder builder, string name, int scale, params long[] dims)
    {
        var numbers = new float[TensorData.CountOf([.. dims])];
        for (int i = 0; i < numbers.Length; i++) numbers[i] = MathF.Sin(i * 1.7f + name.Length) * 2 / MathF.Sqrt(9 * scale);
        return builder.Constant(name, TensorData.Floats(numbers, dims));
    }

    private static Model ModelOf(Graph graph) => new(graph)
    {
        Opsets = OpsetVersions.Standard(OperatorSchemas.CanonicalOpset),
        SourceOpset = 17,
        FormatVersion = 8,
    };

    private void WriteSamples(int count)
    {
        if (Directory.Exists(Samples)) Directory.Delete(Samples, true);
        for (int s = 0; s < count; s++)
        {
            float phase = s;
            float[] numbers = [.. Enumerable.Range(0, Channels * Side * Side).Select(i => MathF.Sin(i * 0.37f + phase))];
            Write($"{s}", TensorData.Floats(numbers, 1, Channels, Side, Side));
        }
    }

    private void Write(string name, TensorData x) => new TestDataSet([new("x", x)], []).Write(Path.Combine(Samples, name));

    private static TensorData Filled(float value) =>
        TensorData.Floats([.. Enumerable.Repeat(value, Channels * Side * Side)], 1, Channels, Side, Side);
}
