using System.Text.RegularExpressions;

namespace GraphPartition.Samples.Tests.Support;

/// <summary>A Markdown file of the checkout.</summary>
internal sealed partial class MarkdownPage(string path)
{
    private readonly string _text = File.ReadAllText(path).ReplaceLineEndings("\n");

    /// <summary>Where it is.</summary>
    public string Path => path;

    /// <summary>The texts of its fenced blocks of a language, in order.</summary>
    public string[] Blocks(string language) =>
        [.. Fence().Matches(_text).Where(m => m.Groups["language"].Value == language).Select(m => m.Groups["text"].Value)];

    /// <summary>The files and folders that it links to, as they are written.</summary>
    public string[] LocalLinks() =>
        [.. Link().Matches(_text).Select(m => m.Groups["target"].Value.Split('#')[0]).Where(
            t => t.Length > 0 && !t.Contains("://", StringComparison.Ordinal))];

    /// <summary>The whole text.</summary>
    public override string ToString() => _text;

    [GeneratedRegex(@"^```(?<language>[a-z]*)\n(?<text>.*?)^```$", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Fence();

    [GeneratedRegex(@"\]\((?<target>[^)\s]+)\)|(?:src|srcset)=""(?<target>[^""]+)""")]
    private static partial Regex Link();
}
