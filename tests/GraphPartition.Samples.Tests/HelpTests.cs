using System.CommandLine;
using GraphPartition.Onnx.Reading;
using GraphPartition.Samples.Tests.Support;
using Xunit;

namespace GraphPartition.Samples.Tests;

/// <summary>Help, completion, and options that mean what they say.</summary>
public sealed class HelpTests : IDisposable
{
    private static readonly string Mixed = Checkout.PathOf("testmodels", "mixed.onnx");
    private readonly TemporaryFolder _folder = new();

    public static TheoryData<string> Commands => [.. GraphPartition.Gpc.CommandLine.Root().Subcommands.Select(c => c.Name)];

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(Commands))]
    public void Help_shows_no_limit_of_a_type_and_fits_its_width(string command)
    {
        string help = HelpOf(command);
        Assert.DoesNotContain("2147483647", help, StringComparison.Ordinal);
        Assert.DoesNotContain("9223372036854775807", help, StringComparison.Ordinal);
        Assert.All(help.Split('\n'), line => Assert.True(line.Length <= 140, line));
    }

    [Fact]
    public void Help_lists_the_commands_with_their_arguments()
    {
        string all = HelpOf(), deploy = HelpOf("deploy");
        Assert.Contains("Usage: gpc COMMAND [options]", all, StringComparison.Ordinal);
        Assert.Contains("\n  verify FILE [MODEL]", all, StringComparison.Ordinal);
        Assert.Contains("--version", all, StringComparison.Ordinal);
        Assert.Contains("Usage: gpc deploy COMMAND", deploy, StringComparison.Ordinal);
        Assert.Contains("\n  kserve NAME", deploy, StringComparison.Ordinal);
        Assert.DoesNotContain("/?", all, StringComparison.Ordinal);
        Assert.All(all.Split('\n'), line => Assert.True(line.Length <= 140, line));
    }

    [Fact]
    public void Common_options_come_first_and_the_others_under_their_headings()
    {
        string help = HelpOf("run");
        int[] places =
        [
            .. new[]
            {
                "Options:", "--target", "Running and comparing:", "--rtol", "TensorRT engines", "--min-shapes",
                    "The fallback on an NVIDIA GPU",
                "--nhwc", "Passes before planning:", "--fold-limit", "Constraints on engines:", "--max-engines",
            }.Select(text => help.IndexOf(text, StringComparison.Ordinal)),
        ];
        Assert.DoesNotContain(-1, places);
        Assert.Equal(places.Order(), places);
    }

    [Theory]
    [InlineData("gpc pl", "plan")]
    [InlineData("gpc plan --supp", "--support")]
    [InlineData("gpc plan --groups c", "connected")]
    public void The_shell_completes_commands_options_and_values(string line, string expected)
    {
        Outcome outcome = Program.Gpc($"[suggest:{line.Length}]", line);
        Assert.Equal(0, outcome.ExitCode);
        Assert.Contains(expected, outcome.Output.Split('\n').Select(l => l.Trim()));
    }

    [Theory]
    [InlineData("run", "--rtol", "nan")]
    [InlineData("run", "--atol", "-1")]
    [InlineData("run", "--threads", "-1")]
    [InlineData("run", "--streams", "-3")]
    [InlineData("bench", "--seconds", "-1")]
    [InlineData("bench", "--seconds", "infinity")]
    [InlineData("run", "--exclude-lean-runtime")]
    [InlineData("run", "--min-shapes", "image:1x3x8x8")]
    public void An_option_without_a_meaning_is_refused_by_name(string command, params string[] options)
    {
        Outcome outcome = Program.Gpc([command, Mixed, .. options]);
        Assert.Equal(2, outcome.ExitCode);
        Assert.Contains(options[0], outcome.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain("internal error", outcome.Errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(18)]
    [InlineData(24)]
    [InlineData(25)]
    public void Export_writes_the_requested_opset(int opset)
    {
        string old = _folder.File("old.onnx"), exported = _folder.File("exported.onnx");
        Assert.Equal(0, Program.Gpc("export", Mixed, "--opset", "18", "-o", old).ExitCode);
        Assert.Equal(0, Program.Gpc("export", old, "--opset", $"{opset}", "-o", exported).ExitCode);
        Assert.Equal(opset, OnnxReader.Read(exported).Opsets[""]);
    }

    private static string HelpOf(params string[] command)
    {
        using var output = new StringWriter();
        Assert.Equal(0, GraphPartition.Gpc.CommandLine.Root().Parse([.. command, "--help"])
            .Invoke(new InvocationConfiguration { Output = output }));
        return output.ToString();
    }
}
