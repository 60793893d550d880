using System.Text.Json;
using System.Xml.Linq;
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
        foreach (string size in new[] { "ten", "", "MB", "1XB", "1iB", "-1", "99999999999TB" })
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
