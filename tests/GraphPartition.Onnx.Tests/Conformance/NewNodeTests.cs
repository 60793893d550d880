using System.IO.Compression;
using GraphPartition.Compiler.Import;
using GraphPartition.Foundation;
using GraphPartition.Ir.Graphs;
using GraphPartition.Onnx.Tests.Support;
using GraphPartition.Operators;

namespace GraphPartition.Onnx.Tests.Conformance;

/// <summary>
/// The node tests that are new since ONNX 1.12 (to ONNX 1.23). Each one that plain ONNX Runtime passes gives its outputs whole and cut at
/// random; each other one gives them too, or ends with a message: <c>new-nodes.txt</c> lists the messages, and cannot grow unnoticed.
/// </summary>
public sealed class NewNodeTests : IDisposable
{
    private const string Archive = "models/onnx-node-1.23.zip";

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [SharedFact(Archive)]
    public void What_ONNX_Runtime_passes_passes_whole_and_cut()
    {
        ZipFile.ExtractToDirectory(Path.Combine(OutsideFolders.Shared, Archive), _folder.Path);
        List<string> messages = [], faults = [];
        foreach (string line in File.ReadLines(Path.Combine(OutsideFolders.Shared, Archive.Replace(".zip", ".txt", StringComparison.Ordinal))))
        {
            string[] parts = line.Split('\t');
            foreach (string message in Faults(Path.Combine(_folder.Path, parts[0])).Take(1))
                (parts[1] == "ok" ? faults : messages).Add($"{parts[0]}: {message}");
        }
        Assert.True(faults.Count == 0, string.Join("\n", faults));
        KnownList.AssertHasNotGrown("new-nodes.txt", messages);
    }

    private static IEnumerable<string> Faults(string folder)
    {
        BackendTest test;
        Model model;
        string? refused = null;
        try
        {
            test = new(folder);
            model = ModelFile.Read(test.ModelPath, OperatorTable.Default);
        }
        catch (ModelException e)
        {
            refused = $"{e.Diagnostics[0].Code.Id} {e.Diagnostics[0].Message}";
            (test, model) = (null!, null!);
        }
        if (refused is not null)
        {
            yield return refused;
            yield break;
        }
        if (test.RunPlanned(model, "none", keepGroups: false) is { } whole) yield return $"(whole) {whole}";
        if (test.RunPlanned(model, "random:1:0.5", keepGroups: true) is { } cut) yield return $"(cut) {cut}";
    }
}
