using System.Text;
using GraphPartition.Foundation;
using GraphPartition.Ir.Graphs;
using GraphPartition.MindIr.Tests.Support;

namespace GraphPartition.MindIr.Tests.Golden;

/// <summary>What becomes of every real MindIR file, as a table that is checked in. UPDATE_GOLDEN=1 rewrites it.</summary>
public class RealFilesTests
{
    private static string TablePath => Checkout.PathOf("tests", "GraphPartition.MindIr.Tests", "Golden", "real-files.md");

    [SharedFact("models/mindir")]
    public void Every_file_imports_or_is_refused_as_listed()
    {
        var table = new StringBuilder();
        int imported = 0;
        foreach (string name in RealFiles.Names)
        {
            string outcome = Outcome(name, out bool isImported);
            imported += isImported ? 1 : 0;
            table.Append($"| {name} | {outcome} |\n");
        }
        string text = $"""
            # Real MindIR files

            Written by `RealFilesTests`. {imported} of {RealFiles.Names.Count} files are imported. All files under bprop_* are gradient
            definitions, as their field bprop_hash says, which is empty in networks. MindSpore saves them before it knows types, so that no
            input has one (GP1111), and nearly all apply objects of Python (GP1107); none can run as it is. Of each kind of fault one or
            two are shown, and how many there are.

            | file | outcome |
            | --- | --- |

            """.ReplaceLineEndings("\n") + table;
        if (Environment.GetEnvironmentVariable("UPDATE_GOLDEN") == "1") File.WriteAllText(TablePath, text);
        Assert.Equal(File.ReadAllText(TablePath), text);
    }

    private static string Outcome(string name, out bool isImported)
    {
        string path = RealFiles.PathOf(name);
        Assert.True(MindIrReader.Recognizes(path), name);
        isImported = false;
        try
        {
            Model model = MindIrReader.Read(path, new() { Key = "0123456789ABCDEF"u8.ToArray() });
            Assert.Null(GraphVerifier.FindFault(model.Graph));
            isImported = true;
            return $"{model.Graph.Nodes.Length} nodes: {string.Join(" ", model.Graph.Nodes.Select(n => n.Op.Type))}";
        }
        catch (ModelException e)
        {
            Assert.Equal(name.StartsWith("bprop", StringComparison.Ordinal),
                e.Message.Contains("the definition of a gradient", StringComparison.Ordinal));
            return string.Join("; ", e.Diagnostics.GroupBy(d => d.Code.Id).OrderBy(g => g.Key, StringComparer.Ordinal)
                .Select(g => $"{g.Key} ({g.Count()}) {string.Join(", ", g.Take(g.Key == "GP1107" ? 2 : 1).Select(d => $"{d.Where}: {d.Message}"))}")).Replace('|', '/');
        }
    }
}
