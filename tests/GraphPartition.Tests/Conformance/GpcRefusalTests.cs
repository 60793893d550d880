using GraphPartition.Tests.Support;
using Xunit;

namespace GraphPartition.Tests.Conformance;

/// <summary>Options that mean nothing, names that nothing has, and outputs that would overwrite inputs are refused.</summary>
public sealed class GpcRefusalTests : GpcTest
{
    [Theory]
    [InlineData("--exclude", "op:Foo")]
    [InlineData("--exclude", "op:Convv")]
    [InlineData("--include", "no/such/*")]
    [InlineData("--stop-at", "domain:com.nobody")]
    [InlineData("--unit", "u=op:Foo")]
    [InlineData("--unit", "u=nothing")]
    public void A_selector_that_matches_nothing_is_an_error(params string[] options)
    {
        foreach (string command in new[] { "plan", "run", "why", "matrix" })
            Assert.Contains(options[0], Refused("GP3005", [command, Mixed, .. options]).Errors, StringComparison.Ordinal);
    }

    [Fact]
    public void The_message_has_the_nearest_names()
    {
        Assert.Contains("Conv", Refused("GP3005", "plan", Mixed, "--exclude", "op:Convv").Errors, StringComparison.Ordinal);
        Assert.Contains("volume.0/Add", Refused("GP3005", "plan", Mixed, "--exclude", "volume.0/Ad").Errors, StringComparison.Ordinal);
        Assert.Contains("volume.0/Add", Refused("GP3005", "why", Mixed, "volume.0/Ad").Errors, StringComparison.Ordinal);
    }

    [Fact]
    public void A_known_operator_that_the_model_lacks_is_a_warning()
    {
        GpcProcess.Outcome outcome = Ok("plan", Mixed, "--exclude", "op:LSTM");
        Assert.Contains("GP3015", outcome.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain("GP3015", Ok("plan", Mixed, "--exclude", "op:Conv").Errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("compile", "-o")]
    [InlineData("export", "-o")]
    [InlineData("plan", "-o")]
    [InlineData("plan", "--dot")]
    [InlineData("plan", "--graphml")]
    [InlineData("run", "--trace")]
    public void No_output_overwrites_the_model(string command, string option)
    {
        string model = Save(SomeModel()), folder = Folder.File("linked"), link = Folder.File("link.onnx");
        byte[] before = File.ReadAllBytes(model);
        Directory.CreateSymbolicLink(folder, Folder.Path);
        File.CreateSymbolicLink(link, "model.onnx");
        string relative = Path.GetRelativePath(Environment.CurrentDirectory, model);
        foreach (string same in new[]
        {
            model, Path.Combine(Folder.Path, ".", "model.onnx"), Path.Combine(Folder.Path, "x", "..", "model.onnx"), link,
            Path.Combine(folder, "model.onnx"), Path.Combine(folder, "link.onnx"), relative,
        })
        {
            Refused("GP3021", command, model, option, same);
            Refused("GP3021", command, same, option, model);
        }
        Assert.Equal(before, File.ReadAllBytes(model));
    }

    [Fact]
    public void Two_outputs_are_two_files() =>
        Refused("GP3021", "plan", Mixed, "-o", Folder.File("same"), "--dot", Folder.File("same"));

    [Theory]
    [InlineData("--dim has no effect without --observe", "plan", "--dim", "n=1")]
    [InlineData("--input has no effect without --observe", "why", "--input", "x=1")]
    [InlineData("--test-data has no effect without --observe", "plan", "--test-data", ".")]
    [InlineData("--fold-limit has no effect", "plan", "--passes", "none", "--fold-limit", "1")]
    [InlineData("--dot has no effect with --check", "plan", "--check", "lock.json", "--dot", "x.dot")]
    [InlineData("--embed has no effect without --epcontext", "export", "-o", "x.onnx", "--embed")]
    [InlineData("--json has no effect with --graph", "inspect", "--json", "--graph")]
    [InlineData("--tensorrt has no effect without --engines", "inspect", "--tensorrt", ".")]
    [InlineData("--json", "matrix", "--markdown", "--json")]
    [InlineData("--nhwc has no effect without --device cuda", "run", "--nhwc")]
    [InlineData("--workspace has no effect with --engines off", "run", "--engines", "off", "--workspace", "1G")]
    [InlineData("--engine-cache-size has no effect with --engine-cache off", "run", "--engine-cache", "off", "--engine-cache-size", "1G")]
    [InlineData("--opset has no effect with --epcontext", "export", "--epcontext", "x", "--opset", "17")]
    [InlineData("give --output FILE or --epcontext DIR", "export")]
    [InlineData("the nearest name is FoldConstants", "plan", "--dump-after", "FoldConstant")]
    public void An_option_without_effect_is_refused(string message, string command, params string[] options)
    {
        GpcProcess.Outcome outcome = GpcProcess.Run([command, Mixed, .. options]);
        Assert.Equal(2, outcome.ExitCode);
        Assert.Contains(message, outcome.Errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("export", "--target", "tensorrt-10.16")]
    [InlineData("export", "--support", "all")]
    [InlineData("export", "--max-engines", "1")]
    [InlineData("export", "--json")]
    [InlineData("export", "--opt-shapes", "x:1")]
    [InlineData("matrix", "--target", "tensorrt-10.16")]
    [InlineData("matrix", "--support", "all")]
    [InlineData("calibrate", "--keep-groups")]
    [InlineData("calibrate", "--out-of-memory", "cpu")]
    [InlineData("doctor", "--gpu", "1")]
    public void A_command_does_not_offer_what_it_ignores(string command, params string[] options)
    {
        string[] model = command is "calibrate" or "doctor" ? [] : [Mixed];
        GpcProcess.Outcome outcome = GpcProcess.Run([command, .. model, .. options]);
        Assert.Equal(2, outcome.ExitCode);
        Assert.Contains(options[0], outcome.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public void A_compiled_file_may_get_engines_in_place_and_keeps_its_plan()
    {
        string compiled = Folder.File("compiled.onnx");
        Ok("compile", Mixed, "-o", compiled);
        Assert.Contains("keeps the plan", Refused("GP3012", "compile", compiled, "--add-engine", "-o", compiled, "--max-engines", "1").Errors,
            StringComparison.Ordinal);
        Assert.DoesNotContain("GP3021", GpcProcess.Run("compile", compiled, "--add-engine", "-o", compiled).Errors, StringComparison.Ordinal);
        Refused("GP3021", "compile", compiled, "-o", compiled);
    }
}
