using System.Text;
using GraphPartition.Ir;
using GraphPartition.MindIr;
using GraphPartition.Tests.Support;

namespace GraphPartition.Tests.Golden;

/// <summary>What becomes of every real MindIR file, as a table that is checked in. UPDATE_GOLDEN=1 writes it anew.</summary>
public class RealFilesTests
{
    private static string TablePath => Path.Combine(RealFiles.ProjectFolder, "Golden", "real-files.md");

    [RealFilesFact]
    public void Every_file_imports_or_is_refused_as_the_table_says()
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
            definitions: networks that MindSpore saves before it knows types, made of Python objects; none can run as it is.

            | file | outcome |
            | --- | --- |

            """.ReplaceLineEndings("\n") + table;
        if (Environment.GetEnvironmentVariable("UPDATE_GOLDEN") == "1") File.WriteAllText(TablePath, text);
        Assert.Equal(File.ReadAllText(TablePath), text);
    }

    private static string Outcome(string name, out bool isImported)
    {
        string path = RealFiles.PathOf(name);
        Assert.True(MindIrReader.Recognises(path), name);
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
            // One example of each kind of fault, without what would break the table.
            return string.Join("; ", e.Diagnostics.GroupBy(d => d.Code.Id).OrderBy(g => g.Key, StringComparer.Ordinal)
                .Select(g => $"{g.Key} ({g.Count()}) {g.First().Where}: {g.First().Message}")).Replace('|', '/');
        }
    }
}
