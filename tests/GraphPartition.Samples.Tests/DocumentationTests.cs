using System.CommandLine;
using System.Text.RegularExpressions;
using GraphPartition.Samples.Tests.Support;
using Xunit;

namespace GraphPartition.Samples.Tests;

/// <summary>The documentation is complete and its links lead somewhere.</summary>
public sealed partial class DocumentationTests
{
    private static IEnumerable<string> Pages => Program.Run("git", Checkout.Root, "ls-files", "*.md").Output
        .Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(p => Checkout.PathOf(p));

    [Fact]
    public void Every_link_leads_to_a_file_or_a_folder()
    {
        var dead = new List<string>();
        foreach (MarkdownPage page in Pages.Where(File.Exists).Select(p => new MarkdownPage(p)))
            dead.AddRange(
                page.LocalLinks().Where(l => !Path.Exists(Path.Combine(Path.GetDirectoryName(page.Path)!, l))).Select(
                    l => $"{page.Path}: {l}"));
        Assert.Empty(dead);
    }

    [Fact]
    public void Every_source_file_that_a_page_names_exists()
    {
        HashSet<string> files = [.. Program.Run("git", Checkout.Root, "ls-files", "*.cs").Output.Split('\n').Select(f => Path.GetFileName(f))];
        string[] missing = [.. Pages.Where(File.Exists).SelectMany(page => SourceFile().Matches(File.ReadAllText(page))
            .Where(m => !files.Contains(m.Groups[1].Value)).Select(m => $"{page}: {m.Groups[1].Value}"))];
        // The recipe for a provider names a file that the reader will write.
        Assert.Equal([$"{Checkout.PathOf("runtime", "Runtime", "README.md")}: OpenVinoProvider.cs"], missing);
    }

    [Fact]
    public void Every_option_of_gpc_is_documented()
    {
        string[] names = ["command-line.md", "engines.md", "gpu.md", "operators.md", "precision.md", "ci-gate.md", "serving.md",
            "quantization.md", "explorer.md"];
        string pages = string.Concat(names.Select(p => File.ReadAllText(Checkout.PathOf("docs", p))));
        var missing = new List<string>();
        foreach (Command command in GraphPartition.Gpc.CommandLine.Root().Subcommands)
            missing.AddRange(
                command.Options.Where(o => !pages.Contains(o.Name, StringComparison.Ordinal)).Select(o => $"{command.Name} {o.Name}"));
        Assert.Empty(missing);
    }

    [Fact]
    public void Every_command_of_gpc_is_documented()
    {
        string page = File.ReadAllText(Checkout.PathOf("docs", "command-line.md"));
        Assert.All(
            GraphPartition.Gpc.CommandLine.Root().Subcommands, c => Assert.Contains($"`gpc {c.Name}", page, StringComparison.Ordinal));
    }

    [Fact]
    public void Every_sample_has_a_page_and_is_in_the_list()
    {
        string list = File.ReadAllText(Checkout.PathOf("samples", "README.md"));
        foreach (string sample in Directory.GetDirectories(Checkout.PathOf("samples")))
        {
            Assert.True(File.Exists(Path.Combine(sample, "README.md")), sample);
            Assert.Contains(Path.GetFileName(sample), list, StringComparison.Ordinal);
        }
    }

    [GeneratedRegex(@"`(?:[\w.-]+/)*([A-Za-z]\w*\.cs)`")]
    private static partial Regex SourceFile();
}
