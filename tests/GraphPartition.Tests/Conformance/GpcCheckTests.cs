using System.Text.Json;
using System.Xml.Linq;
using GraphPartition.Compiler.Import;
using GraphPartition.Foundation;
using GraphPartition.Ir.Graphs;
using GraphPartition.Ir.Tensors;
using GraphPartition.Ir.Types;
using GraphPartition.Onnx.Reading;
using GraphPartition.Onnx.TestData;
using GraphPartition.Operators;
using GraphPartition.Tests.Support;
using Xunit;

namespace GraphPartition.Tests.Conformance;

/// <summary>The gate for CI: limits and a lock on the plan of a model, with reports that CI systems read.</summary>
public sealed class GpcCheckTests : GpcTest
{
    private string LockFile => Folder.File("plan.lock");

    private string Sarif => Folder.File("r.sarif");

    private string JUnit => Folder.File("r.xml");

    private string Markdown => Folder.File("r.md");

    [Fact]
    public void A_model_that_keeps_its_limits_passes()
    {
        Ok("check", Mixed, "--max-engines", "4", "--min-supported", "90%", "--max-boundary", "10M", "--lock", LockFile, "--update");
        foreach (string size in new[] { "175kB", "1MB", "174880", "171k", "171KiB", "174880B" })
            Ok("check", Mixed, "--max-boundary", size);
        Assert.Equal(1, GpcProcess.Run("check", Mixed, "--max-boundary", "174kB").ExitCode); // the plan has 174,880 bytes
        Ok("check", Mixed, "--lock", LockFile, "--sarif", Sarif, "--junit", JUnit, "--markdown", Markdown);
        Assert.Empty(Results());
        Assert.Contains("passed", File.ReadAllText(Markdown), StringComparison.Ordinal);
        Assert.InRange(new FileInfo(LockFile).Length, 200, 4000);
    }

    [Fact]
    public void An_operator_that_becomes_unsupported_fails_and_is_named_with_the_engines_before_and_after()
    {
        Ok("check", Mixed, "--lock", LockFile, "--update");
        GpcProcess.Outcome outcome = GpcProcess.Run("check", Mixed, "--exclude", "summary.fc1/Gemm", "--max-engines", "4", "--lock", LockFile,
            "--sarif", Sarif, "--junit", JUnit, "--markdown", Markdown);
        Assert.Equal(1, outcome.ExitCode);
        Assert.Contains("4 engines became 5", outcome.Output, StringComparison.Ordinal);
        Assert.Contains("'summary.fc1/Gemm' falls back now", outcome.Output, StringComparison.Ordinal);

        JsonElement named = Results().First(r => r.GetProperty("ruleId").GetString() == "lock"
            && r.GetProperty("locations")[0].TryGetProperty("logicalLocations", out _));
        Assert.Equal("summary.fc1/Gemm", named.GetProperty("locations")[0].GetProperty("logicalLocations")[0].GetProperty("name").GetString());
        XElement suite = XDocument.Load(JUnit).Root!.Element("testsuite")!;
        Assert.Equal(("2", "2"), (suite.Attribute("tests")!.Value, suite.Attribute("failures")!.Value));
        Assert.All(suite.Elements("testcase"), c => Assert.NotNull(c.Element("failure")));
        Assert.Contains("| max-engines | 4 | 5 | **failed** |", File.ReadAllText(Markdown), StringComparison.Ordinal);
        using JsonDocument json = JsonDocument.Parse(GpcProcess.Run("check", Mixed, "--max-engines", "3", "--json").Output);
        Assert.False(json.RootElement.GetProperty("passed").GetBoolean());
    }

    /// <summary>As pre-commit calls it: several files behind the limits.</summary>
    [Fact]
    public void Several_models_keep_the_same_limits()
    {
        string other = Save(SomeModel());
        Assert.Equal(1, GpcProcess.Run("check", "--max-engines", "3", Mixed, other, "--sarif", Sarif, "--junit", JUnit, "--markdown", Markdown).ExitCode);
        Assert.Equal(["1", "0"], XDocument.Load(JUnit).Root!.Elements("testsuite").Select(s => s.Attribute("failures")!.Value));
        Assert.NotEmpty(Results());
        Assert.Equal(2, GpcProcess.Run("check", Mixed, other, "--lock", LockFile).ExitCode);
        Assert.Equal(2, Json("check", Mixed, other, "--max-engines", "9").GetProperty("models").GetArrayLength());
    }

    /// <summary>Names go into each report as text: never as markup, and whole.</summary>
    [Fact]
    public void Names_stay_names_in_all_reports()
    {
        const string name = "</script><b>\"'&|`ü漢😀";
        var builder = new GraphBuilder(OperatorTable.Default);
        Value x = builder.Input("x", IrType.Tensor(ElementType.Float32, Shape.Of(1, 2, 2)));
        string model = Save(new Model(builder.Build([builder.Op("Det", name, [x])])));
        Assert.Equal(1, GpcProcess.Run("check", model, "--min-supported", "1", "--sarif", Sarif, "--junit", JUnit, "--markdown", Markdown).ExitCode);
        Assert.Contains(Results(), r => r.GetProperty("message").GetProperty("text").GetString()!.Contains(name, StringComparison.Ordinal));
        Assert.Contains(name, XDocument.Load(JUnit).Descendants("failure").Single().Value, StringComparison.Ordinal);
        Assert.DoesNotContain("<", File.ReadAllText(Markdown), StringComparison.Ordinal);
    }

    /// <summary>One run for several releases: one table, a verdict for each, and a lock for each.</summary>
    [Fact]
    public void Each_release_has_its_own_verdict_and_lock()
    {
        var builder = new GraphBuilder(OperatorTable.Default);
        IrType type = IrType.Tensor(ElementType.Int64, Shape.Of(4));
        Value x = builder.Input("x", type), y = builder.Input("y", type);
        string model = Save(new Model(builder.Build([builder.Op("Add", "sum", [x, y])]))), locks = Folder.File("{model}.{target}.lock");
        Ok("check", model, "--targets", "8.6,tensorrt-10.16", "--lock", locks, "--update");
        Assert.True(File.Exists(Folder.File("model.tensorrt-8.6.lock")) && File.Exists(Folder.File("model.tensorrt-10.16.lock")));
        string[] check = ["check", model, "--targets", "tensorrt-8.6, tensorrt-10.16", "--lock", locks, "--min-supported", "100"];
        GpcProcess.Outcome outcome = GpcProcess.Run([.. check, "--sarif", Sarif, "--junit", JUnit, "--markdown", Markdown]);
        Assert.Equal(1, outcome.ExitCode);
        Assert.Equal(["1", "0"], XDocument.Load(JUnit).Root!.Elements("testsuite").Select(s => s.Attribute("failures")!.Value));
        Assert.All(Results(), r => Assert.StartsWith("TensorRT 8.6: ", r.GetProperty("message").GetProperty("text").GetString(), StringComparison.Ordinal));
        string markdown = File.ReadAllText(Markdown);
        Assert.Contains("| TensorRT 8.6 | 0.0 % **failed** | unchanged |", markdown, StringComparison.Ordinal);
        Assert.Contains("| TensorRT 10.16 | 100.0 % | unchanged |", markdown, StringComparison.Ordinal);
        JsonElement[] models = [.. JsonDocument.Parse(GpcProcess.Run([.. check, "--json"]).Output).RootElement.GetProperty("models").EnumerateArray()];
        Assert.Equal([("TensorRT 8.6", false), ("TensorRT 10.16", true)],
            models.Select(m => (m.GetProperty("target").GetString()!, m.GetProperty("passed").GetBoolean())));
        Refused("GP3012", "check", model, "--targets", "8.6,10.16", "--lock", LockFile);
        Refused("GP3002", "check", model, "--targets", "8.6,9.9", "--max-engines", "1");
        Assert.Equal(2, GpcProcess.Run("check", model, "--targets", "8.6", "--target", "10.16", "--max-engines", "1").ExitCode);
    }

    /// <summary>
    /// FP16 keeps small numbers and loses odd ones above 2048: 2049 becomes 2048. So one sample passes and one fails. A reference with
    /// another weight is an error of a known size.
    /// </summary>
    [Fact]
    public void A_budget_limits_the_error_on_samples()
    {
        string model = Scaled(1f, "model.onnx"), other = Scaled(1.5f, "other.onnx");
        string small = Sample("small", [0.25f, 2f]), large = Sample("large", [2049f, 2050f]);
        Ok("check", model, "--budget", "sqnr:60", "--budget", "max:0", "--test-data", small);
        Ok("check", model, "--budget", "max:0", "--precision", "fp16", "--test-data", small);
        GpcProcess.Outcome outcome = GpcProcess.Run("check", model, "--budget", "y=max:0.5", "--max-engines", "9", "--precision", "fp16", "--test-data", small,
            "--test-data", large, "--sarif", Sarif, "--junit", JUnit, "--markdown", Markdown);
        Assert.Equal(1, outcome.ExitCode);
        Assert.Contains("output 'y' has max 1 on the samples, the budget is y=max:0.5", outcome.Output.ReplaceLineEndings(" "), StringComparison.Ordinal);
        Assert.Equal("budget", Assert.Single(Results()).GetProperty("ruleId").GetString());
        Assert.Equal(["0", "1"], XDocument.Load(JUnit).Descendants("testcase").Select(c => $"{c.Elements("failure").Count()}"));
        Assert.Contains("| budget | y=max:0.5 | max 1 | **failed** |", File.ReadAllText(Markdown), StringComparison.Ordinal);
        Ok("check", model, "--budget", "max:1", "--precision", "bf16", "--test-data", small);
        Ok("check", model, "--budget", "max:1", "--reference", other, "--test-data", small);
        Assert.Equal(1, GpcProcess.Run("check", model, "--budget", "max:0.9", "--reference", other, "--test-data", small).ExitCode);
        Refused("GP3112", "check", model, "--budget", "best:1", "--test-data", small);
        Refused("GP3112", "check", model, "--budget", "z=max:1", "--test-data", small);
        Refused("GP5008", "check", model, "--budget", "max:1", "--test-data", Folder.File("absent"));
        Assert.Equal(2, GpcProcess.Run("check", model, "--budget", "max:1").ExitCode);
        Assert.Equal(2, GpcProcess.Run("check", model, "--max-engines", "1", "--test-data", small).ExitCode);
    }

    /// <summary>y = x times a number, as a matrix product.</summary>
    private string Scaled(float by, string name)
    {
        var builder = new GraphBuilder(OperatorTable.Default);
        Value x = builder.Input("x", IrType.Tensor(ElementType.Float32, Shape.Of(1, 2)));
        Value weight = builder.Constant("w", TensorData.Floats([by, 0, 0, by], 2, 2));
        Value y = builder.Add(new OpName("", "MatMul"), [x, weight], [new OutputSpec("y")], name: "scale").Outputs[0]!;
        ModelFile.Write(new Model(builder.Build([y])), Folder.File(name));
        return Folder.File(name);
    }

    private string Sample(string name, float[] numbers)
    {
        string folder = Directory.CreateDirectory(Folder.File(name)).FullName;
        TestDataWriter.WriteValue(Path.Combine(folder, "input_0.pb"), new("x", new TensorValue(TensorData.Floats(numbers, 1, 2))));
        return folder;
    }

    [SarifSchemaFact]
    public void Sarif_holds_against_its_schema()
    {
        foreach (string most in new[] { "3", "9" })
        {
            GpcProcess.Run("check", Mixed, "--max-engines", most, "--min-supported", "95%", "--max-boundary", "1k", "--sarif", Sarif);
            Assert.Equal("", SarifSchemaFactAttribute.FaultsOf(Sarif));
        }
        File.WriteAllText(Sarif, """{"version": "2.1.0", "runs": [{"results": []}]}""");
        Assert.Contains("tool", SarifSchemaFactAttribute.FaultsOf(Sarif), StringComparison.Ordinal);
    }

    [Fact]
    public void Wrong_limits_and_files_are_refused()
    {
        Assert.Equal(2, GpcProcess.Run("check", Mixed).ExitCode);
        Refused("GP3012", "check", Mixed, "--min-supported", "120%");
        foreach (string size in new[] { "ten", " ", "MB", "1XB", "1iB", "-1", "99999999999TB" })
            Refused("GP3012", "check", Mixed, "--max-boundary", size);
        Refused("GP1001", "check", Mixed, "--lock", Folder.File("absent"));
        Refused("GP3010", "check", Mixed, "--lock", Mixed);
        Assert.Equal(2, GpcProcess.Run("check", Mixed, "--max-engines", "9", "--update").ExitCode);
        string model = Save(SomeModel());
        Refused("GP3021", "check", model, "--lock", model, "--update");
    }

    [Fact]
    public void A_plan_is_verified_against_its_model()
    {
        string plan = Folder.File("plan.json"), other = Save(SomeModel());
        Ok("plan", Mixed, "-o", plan);
        Ok("verify", plan, "--model", Mixed);
        Ok("verify", plan, Mixed);
        Refused("GP3010", "verify", plan, "--model", other);
        File.WriteAllText(plan, File.ReadAllText(plan).Replace("\"op\":\"Relu\"", "\"op\":\"Sigmoid\"", StringComparison.Ordinal));
        Assert.Contains("Sigmoid became Relu", Refused("GP3010", "verify", plan, "--model", Mixed).Errors, StringComparison.Ordinal);
        Assert.Equal(1, GpcProcess.Run("plan", Mixed, "--check", plan).ExitCode);
    }

    /// <summary>The results of the SARIF file, whose required parts (SARIF 2.1.0, sections 3.13 to 3.27) are checked.</summary>
    private JsonElement[] Results()
    {
        using JsonDocument sarif = JsonDocument.Parse(File.ReadAllText(Sarif));
        JsonElement log = sarif.RootElement.Clone(), run = Assert.Single(log.GetProperty("runs").EnumerateArray().ToArray());
        Assert.Equal("2.1.0", log.GetProperty("version").GetString());
        JsonElement driver = run.GetProperty("tool").GetProperty("driver");
        Assert.Equal("gpc", driver.GetProperty("name").GetString());
        string[] rules = [.. driver.GetProperty("rules").EnumerateArray().Select(r => r.GetProperty("id").GetString()!)];
        JsonElement[] results = [.. run.GetProperty("results").EnumerateArray()];
        Assert.All(results, r =>
        {
            Assert.Equal(r.GetProperty("ruleId").GetString(), rules[r.GetProperty("ruleIndex").GetInt32()]);
            Assert.NotEmpty(r.GetProperty("message").GetProperty("text").GetString()!);
            Assert.True(Uri.TryCreate(r.GetProperty("locations")[0].GetProperty("physicalLocation").GetProperty("artifactLocation")
                .GetProperty("uri").GetString(), UriKind.RelativeOrAbsolute, out _));
        });
        return results;
    }
}
