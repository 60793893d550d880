using System.Security.Cryptography;
using GraphPartition.Onnx.Writing;

namespace GraphPartition.TestModels.Tests;

/// <summary>
/// The checked-in models are those that the code builds, and MANIFEST.md tells of each. With UPDATE_GOLDEN=1 the models are
/// rewritten (people change the manifest's hashes, after they looked at the difference).
/// </summary>
public class ManifestTests
{
    private const int MostBytes = 200_000;

    private static readonly string Folder = Checkout.PathOf("testmodels");

    private static readonly string[] CheckedIn = ["mixed"];

    public static TheoryData<string> Files => [.. CheckedIn];

    [Theory, MemberData(nameof(Files))]
    public void A_checked_in_model_is_what_the_code_builds(string name)
    {
        byte[] built = OnnxWriter.ToBytes(ModelZoo.Find(name)!.Build());
        string path = Path.Combine(Folder, name + ".onnx");
        if (Environment.GetEnvironmentVariable("UPDATE_GOLDEN") == "1") File.WriteAllBytes(path, built);
        Assert.True(built.AsSpan().SequenceEqual(File.ReadAllBytes(path)),
            $"{path} is not what the code builds now. If the change is meant, run these tests with UPDATE_GOLDEN=1.");
        Assert.InRange(built.Length, 1, MostBytes);
    }

    [Fact]
    public void The_manifest_has_a_row_with_the_hash_of_every_file()
    {
        string[] files = [.. Directory.GetFiles(Folder, "*.onnx").Order(StringComparer.Ordinal)];
        IEnumerable<string> rows = File.ReadLines(Path.Combine(Folder, "MANIFEST.md"))
            .Where(line => line.StartsWith("| `", StringComparison.Ordinal));
        Assert.Equal(files.Select(path => $"`{Path.GetFileName(path)}` `{HashOf(path)}`"), rows.Select(FileAndHash));
        Assert.Equal(CheckedIn.Select(name => name + ".onnx"), files.Select(Path.GetFileName));

        static string HashOf(string path) => Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(path)));
        static string FileAndHash(string row) => string.Join(' ', row.Split('|')[1..3].Select(cell => cell.Trim()));
    }
}
