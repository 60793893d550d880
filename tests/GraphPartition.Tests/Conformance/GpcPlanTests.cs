using System.Text.Json;
using GraphPartition.Compiler.Cost;
using GraphPartition.TestModels.Graphs;
using GraphPartition.Tests.Support;
using Xunit;

namespace GraphPartition.Tests.Conformance;

/// <summary><c>gpc plan</c>: what it prints, beside the rules of other systems too.</summary>
public sealed class GpcPlanTests : GpcTest
{
    [Fact]
    public void Plan_prints_every_promised_field()
    {
        JsonElement plan = Json("plan", Save(SomeModel()), "--support", "random:1:0.5");
        foreach (string field in new[] { "nodes", "supported", "engines", "minimumEngines", "isMinimum", "witness", "segments",
            "boundaryTensors", "fallback", "milliseconds" })
            Assert.True(plan.TryGetProperty(field, out _), field);
        foreach (string field in new[] { "id", "level", "nodes", "inputs", "outputs" })
            Assert.True(plan.GetProperty("engines")[0].TryGetProperty(field, out _), field);
        foreach (string field in new[] { "op", "count", "reason" })
            Assert.True(plan.GetProperty("fallback")[0].TryGetProperty(field, out _), field);
        foreach (string field in new[] { "import", "passes", "partition", "total" })
            Assert.True(plan.GetProperty("milliseconds").TryGetProperty(field, out _), field);
        Assert.True(plan.GetProperty("isMinimum").GetBoolean());
        Assert.Equal(plan.GetProperty("minimumEngines").GetInt32(), plan.GetProperty("engines").GetArrayLength());
    }

    /// <summary>Engines that lose time stay without a measured profile, and the plan tells their number and the option.</summary>
    [Fact]
    public void Engines_that_lose_time_are_counted()
    {
        string profile = Folder.File("slow.json");
        File.WriteAllText(profile, (DeviceProfile.Default with { CallMicroseconds = 1e6 }).ToJson());
        string text = Ok("plan", Mixed, "--device-profile", profile).Output.ReplaceLineEndings(" ");
        Assert.Contains("warning: 4 of 4 engines lose time by assumed speeds", text, StringComparison.Ordinal);
        Assert.Contains("--min-profit 0", text, StringComparison.Ordinal);
        JsonElement plan = Json("plan", Mixed, "--device-profile", profile);
        Assert.Equal(4, plan.GetProperty("losingEngines").GetInt32());
        Assert.True(plan.GetProperty("isDeviceAssumed").GetBoolean());
        Assert.Equal(0, Json("plan", Mixed, "--device-profile", profile, "--min-profit", "0").GetProperty("engines").GetArrayLength());

        File.WriteAllText(profile, (DeviceProfile.Default with { CallMicroseconds = 1e6, Assumed = [] }).ToJson());
        JsonElement measured = Json("plan", Mixed, "--device-profile", profile);
        Assert.Equal(0, measured.GetProperty("engines").GetArrayLength());
        Assert.False(measured.TryGetProperty("losingEngines", out _));
        Assert.Equal(4, Json("plan", Mixed, "--device-profile", profile, "--min-profit", "-1e9").GetProperty("engines").GetArrayLength());
    }

    /// <summary>An operator is kept on request; a name that is neither an operator with a body nor a rule is an error.</summary>
    [Fact]
    public void Operators_that_are_kept_are_named()
    {
        Ok("plan", Mixed, "--no-expand", "Gelu,CastFirst");
        Assert.Contains("QLinearConv", Refused("GP3003", "plan", Mixed, "--no-expand", "QLinearCon").Errors, StringComparison.Ordinal);
    }

    [Fact]
    public void Names_of_a_support_file_that_match_nothing_are_reported()
    {
        string support = Folder.File("support.txt");
        File.WriteAllLines(support, ["op Conv", "op Deconvolution # none", "node nobody", "op Relu"]);
        string errors = Ok("plan", Mixed, "--support", support).Errors;
        Assert.Contains($"GP3013 warning: {support}:2: no operator is called 'Deconvolution'", errors, StringComparison.Ordinal);
        Assert.Contains($"GP3013 warning: {support}:3: the model has no node 'nobody'", errors, StringComparison.Ordinal);
        Assert.DoesNotContain("Conv'", errors, StringComparison.Ordinal); // a file may list operators that the model does not have
    }

    [Theory]
    [InlineData("MindSpore r1.3", "MindSpore")]
    [InlineData("TVM", "Tvm")]
    public void The_cycle_of_another_rule_is_printed_and_ours_needs_two_engines(string rule, string name)
    {
        MarkedGraph marked = name == "Tvm" ? Counterexamples.Tvm : Counterexamples.MindSpore;
        string[] arguments = ["plan", .. Save(marked), "--compare"];
        string text = Ok(arguments).Output;
        Assert.Contains("2 engines (the proven minimum)", text, StringComparison.Ordinal);
        JsonElement[] rules = [.. Json(arguments).GetProperty("compare").EnumerateArray()];
        Assert.Equal(2, rules.Single(r => r.GetProperty("system").GetString() == "gpc").GetProperty("engines").GetInt32());
        string cycle = rules.Single(r => r.GetProperty("system").GetString() == rule).GetProperty("cycle").GetString()!;
        Assert.Contains($"the rule of {rule} makes a cycle: {cycle}", text.ReplaceLineEndings(" "), StringComparison.Ordinal);
        Assert.Matches(@"\(n\d -> n\d\)", cycle);
    }

    [Fact]
    public void The_blocker_of_two_connected_groups_is_named_for_their_nodes()
    {
        // 0 -> 1, U2 and 1, U2 -> 3: node 1 may go with 0 or with 3; 4 stands alone, one engine more than the minimum.
        var marked = MarkedGraph.Of([[], [0], [0], [1, 2], []], 0, 1, 3, 4);
        string[] options = [.. Save(marked), "--groups", "connected"];
        Assert.Contains("cannot be merged: n0 -> n2 -> n3", Ok(["plan", .. options]).Output, StringComparison.Ordinal);
        Assert.Contains("n0 -> n2 -> n3", Ok(["why", options[0], "n0", "n3", .. options[1..]]).Output, StringComparison.Ordinal);
    }
}
