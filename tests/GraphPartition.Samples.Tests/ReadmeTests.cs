using System.Text.RegularExpressions;
using GraphPartition.Samples.Tests.Support;
using GraphPartition.Tests;
using Xunit;

namespace GraphPartition.Samples.Tests;

/// <summary>What the README prints is true.</summary>
public sealed partial class ReadmeTests : IDisposable
{
    private static readonly MarkdownPage Readme = new(Checkout.PathOf("README.md"));
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void The_program_compiles_and_runs_as_printed()
    {
        string code = Assert.Single(Readme.Blocks("csharp"));
        Directory.CreateDirectory(_folder.File("testmodels"));
        File.Copy(Checkout.PathOf("testmodels", "mixed.onnx"), _folder.File("testmodels/mixed.onnx"));
        Outcome outcome = Snippet.Run(code, ["System", "System.Collections.Generic", "System.Linq", "System.IO"], _folder.Path);
        Assert.True(outcome.ExitCode == 0, outcome.ToString());
        Assert.Contains("4 engines", outcome.Output, StringComparison.Ordinal);
        Assert.Contains("scores", outcome.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void The_output_is_what_the_first_command_prints()
    {
        string shown = Readme.Blocks("text")[0];
        Outcome outcome = Program.Gpc("run", Checkout.PathOf("testmodels", "mixed.onnx"));
        string printed = Squeezed(outcome.Output);
        foreach (string line in shown.Split('\n').Select(Squeezed).Where(l => l.Length > 0 && l != "..."))
            Assert.Contains(line, printed, StringComparison.Ordinal);
    }

    [Fact]
    public void The_script_that_must_pass_runs_its_commands()
    {
        string script = File.ReadAllText(Checkout.PathOf(".ci", "run"));
        string[] commands = Readme.Blocks("sh")[0].Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(2, commands.Length);
        Assert.All(commands, command => Assert.Contains(command, script, StringComparison.Ordinal));
    }

    [Fact]
    public void The_picture_is_what_its_script_draws_of_the_plan()
    {
        string plan = _folder.File("plan.json"), picture = _folder.File("plan.svg");
        Assert.Equal(0, Program.Gpc("plan", Checkout.PathOf("testmodels", "mixed.onnx"), "-o", plan).ExitCode);
        // Lines that begin with #: are for 'dotnet run', not for the compiler.
        string code = string.Join('\n',
            File.ReadLines(Checkout.PathOf("docs", "picture", "picture.cs")).Where(l => !l.StartsWith("#:", StringComparison.Ordinal)));
        string[] usings = ["System", "System.Collections.Generic", "System.Linq", "System.IO"];
        Outcome outcome = Snippet.Run(code, usings, _folder.Path, plan, picture);
        Assert.True(outcome.ExitCode == 0, outcome.ToString());
        Assert.Equal(
            File.ReadAllText(Checkout.PathOf("docs", "picture", "plan.svg")).ReplaceLineEndings("\n"),
                File.ReadAllText(picture).ReplaceLineEndings("\n"));
    }

    /// <summary>Without the spaces that align columns.</summary>
    private static string Squeezed(string text) => Spaces().Replace(text, " ").Trim();

    [GeneratedRegex("[ ]+")]
    private static partial Regex Spaces();
}
