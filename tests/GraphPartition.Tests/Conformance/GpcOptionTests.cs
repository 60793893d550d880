using GraphPartition.Tests.Support;
using Xunit;

namespace GraphPartition.Tests.Conformance;

/// <summary>Options that no command can make sense of, and the terminal.</summary>
public sealed class GpcOptionTests : GpcTest
{
    /// <summary>Validators look at other options; one without a value, or with a wrong one, must not end the program.</summary>
    [Theory]
    [InlineData("check", "m.onnx", "--max-engines")]
    [InlineData("check", "m.onnx", "--max-engines", "many")]
    [InlineData("verify", "m.onnx", "--model")]
    [InlineData("export", "m.onnx", "--epcontext")]
    [InlineData("compile", "m.onnx", "-o", "c.onnx", "--engines")]
    [InlineData("bench", "m.onnx", "--server")]
    public void An_option_without_a_right_value_is_named(params string[] arguments)
    {
        GpcProcess.Outcome outcome = GpcProcess.Run(arguments);
        Assert.True(outcome.ExitCode == 2, outcome.ToString());
        Assert.Contains(arguments.Last(a => a.StartsWith('-')), outcome.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain("System.", outcome.Errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("plan", "plan", "")]
    [InlineData("-o", "compile", "m.onnx", "-o", "")]
    public void An_empty_value_is_named(string before, params string[] arguments)
    {
        GpcProcess.Outcome outcome = GpcProcess.Run(arguments);
        Assert.True(outcome.ExitCode == 2, outcome.ToString());
        Assert.Contains($"the value after '{before}' is empty", outcome.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public void An_unknown_option_gives_exit_code_2()
    {
        GpcProcess.Outcome outcome = GpcProcess.Run("plan", Save(SomeModel()), "--frobnicate");
        Assert.Equal(2, outcome.ExitCode);
        Assert.Contains("--frobnicate", outcome.Errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--support", "random:x:0.5")]
    [InlineData("--support", "random:1:1.5")]
    [InlineData("--support", "no-such-file")]
    [InlineData("--target", "tensorrt-1.0")]
    public void Contradictory_options_are_refused(string option, string value) =>
        Refused("GP3", "plan", Save(SomeModel()), option, value);

    [TerminalFact]
    public void On_a_terminal_every_command_shows_its_progress_and_ends_well()
    {
        string model = Save(SomeModel()), compiled = Folder.File("compiled.onnx");
        foreach (string[] command in new string[][] { ["plan", model], ["run", model], ["compile", model, "-o", compiled], ["why", model],
            ["bench", model, "--seconds", "0"] })
        {
            GpcProcess.Outcome outcome = GpcProcess.RunOnTerminal(command);
            Assert.True(outcome.ExitCode == 0, outcome.Output);
            Assert.Contains("\u001b[", outcome.Output, StringComparison.Ordinal); // it did take the pipe behind 'script' for a terminal
        }
    }
}
