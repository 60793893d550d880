using System.Text.RegularExpressions;
using GraphPartition.MindIr.Primitives;

namespace GraphPartition.MindIr.Tests.Golden;

/// <summary>The list of primitives in the README is that of the table. UPDATE_GOLDEN=1 rewrites it.</summary>
public class ReadmeTests
{
    [Fact]
    public void The_README_lists_every_primitive()
    {
        string path = Checkout.PathOf("compiler", "MindIr", "README.md");
        string text = File.ReadAllText(path);
        string list = string.Join(", ", PrimitiveTable.Names.Select(n => $"`{n}`"));
        string expected = Regex.Replace(text, "(?s)<!-- primitives -->.*<!-- /primitives -->",
            $"<!-- primitives -->\n{list}\n<!-- /primitives -->");
        if (Environment.GetEnvironmentVariable("UPDATE_GOLDEN") == "1") File.WriteAllText(path, expected);
        Assert.Equal(expected, File.ReadAllText(path));
    }
}
