
namespace GraphPartition.Onnx.Tests.Support;

/// <summary>Checked-in lists of what is known to fail or to be refused, a line each: "key: reason". They cannot grow unnoticed.</summary>
internal static class KnownList
{
    private static readonly string Folder = Checkout.PathOf("tests", "GraphPartition.Onnx.Tests", "Conformance");

    /// <summary>Fails where a key is not in the file; <c>UPDATE_LISTS=1</c> rewrites the file.</summary>
    public static void AssertHasNotGrown(string file, IEnumerable<string> lines)
    {
        string path = Path.Combine(Folder, file);
        string text = string.Join("\n", lines.Order(StringComparer.Ordinal)) + "\n";
        if (Environment.GetEnvironmentVariable("UPDATE_LISTS") == "1") File.WriteAllText(path, text);
        HashSet<string> known = [.. File.ReadAllLines(path).Select(l => l.Split(':')[0])];
        string[] grown = [.. text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(l => !known.Contains(l.Split(':')[0]))];
        Assert.True(grown.Length == 0, $"{file} has grown by:\n{string.Join("\n", grown)}");
    }
}
