using System.Text.Json;
using GraphPartition.Foundation;
using GraphPartition.Ir.Graphs;
using GraphPartition.Ir.Tensors;
using GraphPartition.Ir.Types;
using GraphPartition.Onnx.Reading;
using GraphPartition.Onnx.TestData;
using GraphPartition.Operators;
using GraphPartition.Operators.Schemas;
using GraphPartition.Tests.Support;
using Xunit;

namespace GraphPartition.Tests.Conformance;

/// <summary>Budgets of accuracy, and the commands that find where numbers break.</summary>
public sealed class GpcPrecisionTests : GpcTest
{
    private string Sample => Folder.File("sample");

    [Fact]
    public void A_budget_keeps_the_node_that_it_needs_and_a_stopped_search_goes_on()
    {
        string model = Save(Products()), output = Folder.File("out.onnx"), measurements = Folder.File("measured.jsonl");
        WriteSample(1, 2);
        JsonElement free = Json("convert", model, "--precision", "bf16", "-o", output, "--test-data", Sample);
        double all = free.GetProperty("outputs")[0].GetProperty("sqnr").GetDouble();
        string[] budget = ["convert", model, "--precision", "bf16", "-o", output, "--test-data", Sample, "--budget", $"sqnr:{all + 3:F0}",
            "--measurements", measurements];
        JsonElement found = Json(budget);
        Assert.True(found.GetProperty("budget").GetProperty("kept").GetArrayLength() > 0);
        Assert.True(found.GetProperty("budget").GetProperty("isMinimum").GetBoolean());
        Assert.True(found.GetProperty("outputs")[0].GetProperty("sqnr").GetDouble() >= Math.Round(all + 3));
        string[] lines = File.ReadAllLines(measurements);
        File.WriteAllText(measurements, string.Join('\n', lines[..(lines.Length / 2)]) + "\n" + lines[^1][..5]);
        Assert.Equal(found.ToString(), Json(budget).ToString());
        Assert.Contains("budget met: ", Ok(budget).Output, StringComparison.Ordinal);
        WriteSample(2, 1);
        Refused("GP3115", budget);
    }

    [Theory]
    [InlineData("GP3112", "no output 'z'", "--budget", "z=sqnr:40")]
    [InlineData("GP3112", "METRIC:LIMIT", "--budget", "psnr:40")]
    [InlineData("GP3112", "is not a number", "--budget", "sqnr:much")]
    [InlineData("GP3112", "between -1 and 1", "--budget", "cosine:2")]
    [InlineData("GP3113", "the best possible is", "--budget", "sqnr:200", "--io-precision")]
    [InlineData("GP3114", "exit code 3", "--budget-command", "exit 3")]
    public void A_wrong_budget_is_refused_and_nothing_is_written(string code, string message, params string[] options)
    {
        string model = Save(Products()), output = Folder.File("out.onnx");
        WriteSample(1, 2);
        Assert.Contains(message, Refused(code, ["convert", model, "-o", output, "--test-data", Sample, .. options]).Errors,
            StringComparison.Ordinal);
        Assert.False(File.Exists(output));
        Assert.Equal(2, GpcProcess.Run(["convert", model, "-o", output, .. options]).ExitCode); // without samples
    }

    [Fact]
    public void A_command_of_the_user_judges_conversions()
    {
        string model = Save(Products()), output = Folder.File("out.onnx"), seen = Folder.File("seen");
        WriteSample(1, 2);
        JsonElement result = Json("convert", model, "-o", output, "--test-data", Sample, "--budget-command",
            $"test -s \"$GPC_MODEL\" && test -s \"$GPC_EMULATION\" && echo tried >> '{seen}'");
        Assert.Equal(0, result.GetProperty("budget").GetProperty("kept").GetArrayLength());
        Assert.True(File.ReadAllLines(seen).Length >= 2);
    }

    [Fact]
    public void Samples_that_do_not_fit_are_refused()
    {
        string model = Save(Products());
        new TestDataSet([new("x", TensorData.Floats([1, 2, 3], 3))], []).Write(Sample);
        Assert.Contains("the model takes f32[2]", Refused("GP5008", "convert", model, "-o", Folder.File("o.onnx"), "--test-data", Sample).Errors,
            StringComparison.Ordinal);
        Refused("GP5008", "convert", model, "-o", Folder.File("o.onnx"), "--calibration-data", Folder.Path);
    }

    [Fact]
    public void A_model_that_gives_nan_is_refused_and_its_node_is_found()
    {
        var builder = new GraphBuilder(OperatorTable.Default) { Name = "nan" };
        Value x = builder.Input("x", IrType.Tensor(ElementType.Float32, Shape.Of(2)));
        Value log = builder.Add("Log", [builder.Op("Neg", "minus", [x])], ["l"], null, "the log").Outputs[0]!;
        string model = Save(ModelOf(builder.Build(builder.Op("Mul", "y", [log, log]))));
        WriteSample(1, 2);
        Refused("GP3111", "convert", model, "-o", Folder.File("o.onnx"), "--test-data", Sample);
        GpcProcess.Outcome found = GpcProcess.Run("debug", "nan", model, "--test-data", Sample);
        Assert.Equal(1, found.ExitCode);
        Assert.Contains("a logarithm of a negative number", found.Output, StringComparison.Ordinal);
        Assert.Contains("the first is Log 'the log'", found.Output, StringComparison.Ordinal);
        Assert.Contains("no node makes NaN", Ok("debug", "nan", Save(Products()), "--test-data", Sample).Output, StringComparison.Ordinal);
    }

    [Fact]
    public void The_node_that_loses_precision_is_named_and_drawn()
    {
        string model = Save(Products(large: true)), plot = Folder.File("plot.svg");
        WriteSample(1, 2);
        JsonElement errors = Json("debug", "precision", model, "--test-data", Sample, "--plot", plot);
        Assert.Equal("large", errors.GetProperty("culprits")[0].GetProperty("node").GetString());
        Assert.Contains("too large for fp16", errors.GetProperty("culprits")[0].GetProperty("note").GetString(), StringComparison.Ordinal);
        Assert.True(errors.GetProperty("withoutCulprits").GetDouble() > 40);
        Assert.Contains("<polyline", File.ReadAllText(plot), StringComparison.Ordinal);
        Assert.Contains("culprits", Ok("debug", "precision", model, "--test-data", Sample).Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Tensors_of_other_names_are_aligned_and_dumped()
    {
        string dump = Folder.File("dump"), first = Folder.File("first.onnx");
        File.Move(Save(Products()), first);
        string second = Save(Products(prefix: "renamed_"));
        WriteSample(1, 2);
        JsonElement tensors = Json("compare", first, second, "--tensors", "--test-data", Sample, "--dump-tensors", dump).GetProperty("tensors");
        Assert.Equal(["a", "b", "y"], tensors.EnumerateArray().Select(t => t.GetProperty("name").GetString()!));
        Assert.Equal(["renamed_a", "renamed_b", "y"], tensors.EnumerateArray().Select(t => t.GetProperty("otherName").GetString()!));
        Assert.All(tensors.EnumerateArray(), t => Assert.Equal(0, t.GetProperty("lInf").GetDouble()));
        Assert.Equal(3, Directory.GetFiles(Path.Combine(dump, "actual"), "output_*.pb").Length);
        Assert.Single(Directory.GetFiles(Path.Combine(dump, "expected"), "input_*.pb"));
    }

    [Fact]
    public void Models_with_other_float_inputs_are_compared()
    {
        string model = Save(Products()), half = Folder.File("half.onnx");
        Ok("convert", model, "-o", half, "--io-precision");
        WriteSample(1, 2);
        Assert.True(Json("compare", model, half, "--test-data", Sample).GetProperty("tensors")[0].GetProperty("sqnr").GetDouble() > 50);
        Assert.True(Json("compare", half, model).GetProperty("tensors")[0].GetProperty("sqnr").GetDouble() > 50);
        Assert.Contains(".svg or .html", GpcProcess.Run("debug", "precision", model, "--plot", Folder.File("p.png")).Errors,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_conversion_that_ruins_the_outputs_warns()
    {
        var builder = new GraphBuilder(OperatorTable.Default) { Name = "near" };
        Value x = builder.Input("x", IrType.Tensor(ElementType.Float32, Shape.Of(2)));
        Value Two(string name, float a, float b) => builder.Constant(name, TensorData.Floats([a, b], 2));
        Value near = builder.Op("Sub", "d", [builder.Op("Add", "s", [x, Two("k", 3000, 3000)]), Two("l", 3000, 3000)]);
        string model = Save(ModelOf(builder.Build(builder.Op("MatMul", "y", [near,
            builder.Constant("w", TensorData.Floats([1, 2, 3, 4], 2, 2))]))));
        WriteSample(1, 2);
        GpcProcess.Outcome made = Ok("convert", model, "--precision", "bf16", "-o", Folder.File("o.onnx"), "--test-data", Sample);
        Assert.Contains("GP3106", made.Errors, StringComparison.Ordinal);
    }

    /// <summary>Of several samples the worst counts, in a comparison and in a search for NaN.</summary>
    [Fact]
    public void The_worst_of_several_samples_counts()
    {
        string folder = Folder.File("several"), model = Save(Products()), half = Folder.File("half.onnx");
        float[][] samples = [[1, 2], [0.013f, -0.7f]];
        for (int s = 0; s < 2; s++) new TestDataSet([new("x", TensorData.Floats(samples[s], 2))], []).Write(Path.Combine(folder, $"{s}"));
        Ok("convert", model, "--precision", "bf16", "-o", half);
        double Sqnr(params string[] options) =>
            Json(["compare", model, half, .. options]).GetProperty("tensors")[0].GetProperty("sqnr").GetDouble();
        string first = Path.Combine(folder, "0"), second = Path.Combine(folder, "1");
        double worst = Math.Min(Sqnr("--test-data", first), Sqnr("--test-data", second));
        Assert.Equal(worst, Sqnr("--test-data", first, "--test-data", second));
        Assert.Equal(worst, Sqnr("--calibration-data", folder));

        var builder = new GraphBuilder(OperatorTable.Default) { Name = "log" };
        Value x = builder.Input("x", IrType.Tensor(ElementType.Float32, Shape.Of(2)));
        string log = Save(ModelOf(builder.Build(builder.Op("Log", "y", [x]))));
        Assert.Equal(1, GpcProcess.Run("debug", "nan", log, "--calibration-data", folder).ExitCode);
        Ok("debug", "nan", log, "--test-data", first);
    }

    [Theory]
    [InlineData("fp16", "Float16")]
    [InlineData("bf16", "BFloat16")]
    public void A_compiled_model_has_the_types_and_as_few_engines(string precision, string element)
    {
        string output = Folder.File("out.onnx");
        int before = Json("compile", Mixed, "-o", output).GetProperty("minimumEngines").GetInt32();
        JsonElement plan = Json("compile", Mixed, "-o", output, "--precision", precision);
        Assert.Equal(before, plan.GetProperty("minimumEngines").GetInt32());
        Model compiled = Compiler.Import.ModelFile.Read(output, OperatorTable.Default);
        Assert.Contains(compiled.Graph.Constants, c => c.ElementType == Enum.Parse<ElementType>(element));
        Ok("run", output);
        Ok("run", Mixed, "--precision", precision);
    }

    /// <summary>Three products; the second may have a number that FP16 does not hold.</summary>
    private static Model Products(bool large = false, string prefix = "")
    {
        var builder = new GraphBuilder(OperatorTable.Default) { Name = "products" };
        Value x = builder.Input("x", IrType.Tensor(ElementType.Float32, Shape.Of(2)));
        Value W(string name, params float[] numbers) => builder.Constant(prefix + name, TensorData.Floats(numbers, 2, 2));
        Value a = builder.Op("MatMul", prefix + "a", [x, W("w0", 0.1f, 0.3f, 0.7f, 0.9f)]);
        Value b = builder.Add("MatMul", [a, large ? W("w1", 1e5f, 1, 1, 1) : W("w1", 0.2f, 0.6f, 0.3f, 0.4f)], [prefix + "b"], null,
            large ? "large" : "").Outputs[0]!;
        return ModelOf(builder.Build(builder.Op("MatMul", "y", [b, W("w2", 1.1f, 0.3f, 0.2f, 0.7f)])));
    }

    private static Model ModelOf(Graph graph) => new(graph)
    {
        Opsets = OpsetVersions.Standard(OperatorSchemas.CanonicalOpset),
        SourceOpset = 17,
        FormatVersion = 8,
    };

    private void WriteSample(float a, float b) =>
        new TestDataSet([new NamedValue("x", TensorData.Floats([a / 3, b / 7], 2))], []).Write(Sample);
}
