using System.Text.Json;
using GraphPartition.Tests.Support;
using Xunit;

namespace GraphPartition.Tests.Conformance;

/// <summary>Plan files: written, verified, compared and held to.</summary>
public sealed class GpcPlanFileTests : GpcTest
{
    [Fact]
    public void Plans_are_written_verified_compared_and_held_to()
    {
        string model = Save(SomeModel()), one = Folder.File("one.json"), two = Folder.File("two.json"),
            compiled = Folder.File("compiled.onnx");
        Ok("plan", model, "-o", one, "--support", "random:1:0.5");
        Ok("plan", model, "-o", two, "--support", "all", "--compare");
        Ok("verify", one);
        Ok("diff", one, one);
        GpcProcess.Outcome diff = GpcProcess.Run("diff", one, two, "--json");
        Assert.Equal(1, diff.ExitCode);
        Assert.Equal(1, JsonDocument.Parse(diff.Output).RootElement.GetProperty("engines").GetProperty("after").GetInt32());
        Ok("plan", model, "--check", one, "--support", "random:1:0.5");
        Assert.Equal(1, GpcProcess.Run("plan", model, "--check", two, "--support", "random:1:0.5").ExitCode);
        Ok("compile", model, "-o", compiled);
        Ok("verify", compiled);
        Refused("GP3010", "verify", model);
        Refused("GP3011", "plan", Mixed, "--check", one);
        File.WriteAllText(two, File.ReadAllText(two).Replace("\"bound\": 1", "\"bound\": 2", StringComparison.Ordinal));
        Refused("GP3010", "verify", two);
    }

    [Fact]
    public void A_lock_file_of_another_model_is_refused_and_both_are_named()
    {
        string model = Save(MarkedModel.Of(Counterexamples.Tvm)), file = Folder.File("lock.json");
        Ok("plan", Mixed, "-o", file);
        Assert.Contains("it is of graph 'mixed'", Refused("GP3011", "plan", model, "--check", file).Errors, StringComparison.Ordinal);
        string other = Folder.File("other.json");
        Ok("plan", model, "-o", other);
        Assert.Contains("not of graph 'nodes'", Refused("GP3011", "diff", file, other).Errors, StringComparison.Ordinal);
    }
}
