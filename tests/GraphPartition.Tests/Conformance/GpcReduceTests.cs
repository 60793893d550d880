using System.IO.Compression;
using GraphPartition.Compiler.Import;
using GraphPartition.Ir.Graphs;
using GraphPartition.Operators;
using GraphPartition.Tests.Support;
using Xunit;

namespace GraphPartition.Tests.Conformance;

/// <summary>Small models out of large ones: reproducers and parts.</summary>
public sealed class GpcReduceTests : GpcTest
{
    [Fact]
    public void A_model_is_reduced_by_its_engines_and_packed_without_personal_paths()
    {
        string zip = Folder.File("out.zip");
        Ok("reduce", Mixed, "--check", "engines>1", "-o", zip);
        using ZipArchive archive = ZipFile.OpenRead(zip);
        Assert.Equal(["README.txt", "doctor.txt", "log.txt", "model.onnx", "plan.json", "test_data_set_0/input_0.pb", "versions.txt"],
            archive.Entries.Select(e => e.FullName).Order(StringComparer.Ordinal));
        string log = Text(archive, "log.txt");
        Assert.Contains("check: engines>1", log, StringComparison.Ordinal);
        Assert.Contains("ONNX Runtime", Text(archive, "versions.txt"), StringComparison.Ordinal);
        Assert.Contains("platform", Text(archive, "doctor.txt"), StringComparison.Ordinal);
        foreach (ZipArchiveEntry entry in archive.Entries)
        {
            using var reader = new StreamReader(entry.Open());
            string text = reader.ReadToEnd();
            foreach (string path in new[] { Folder.Path, Path.GetTempPath(),
                Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), "/home/" })
                if (path.Length > 2) Assert.DoesNotContain(path, text, StringComparison.Ordinal);
        }
        archive.GetEntry("model.onnx")!.ExtractToFile(Folder.File("small.onnx"));
        Assert.Equal(2, Json("plan", Folder.File("small.onnx")).GetProperty("engines").GetArrayLength());
        Assert.True(Json("plan", Folder.File("small.onnx")).GetProperty("nodes").GetInt32() <= 4);
        byte[][] again = [.. new[] { "a.zip", "b.zip" }.Select(name =>
        {
            Ok("reduce", Folder.File("small.onnx"), "--check", "engines>1", "-o", Folder.File(name));
            return File.ReadAllBytes(Folder.File(name));
        })];
        Assert.Equal(again[0], again[1]); // the whole file, times of its entries too
    }

    /// <summary>What an exporter leaves in doc strings and properties does not get out.</summary>
    [Fact]
    public void A_small_model_has_no_metadata()
    {
        string model = Folder.File("named.onnx"), small = Folder.File("small.onnx");
        const string mark = "/home/somebody/model.py";
        ModelFile.Write(ModelFile.Read(Mixed, OperatorTable.Default) with { Metadata = new(mark, [new("source", mark)]) }, model);
        Ok("reduce", model, "--check", "engines>1", "-o", small);
        Assert.Contains(mark, File.ReadAllText(model), StringComparison.Ordinal);
        Assert.DoesNotContain(mark, File.ReadAllText(small), StringComparison.Ordinal);
    }

    /// <summary>The commands of a check get the options of the command: engines may take nothing here, so there is none.</summary>
    [Fact]
    public void Options_count_for_checks() =>
        Refused("GP3025", "reduce", Mixed, "--check", "engines>0", "--support", "none", "-o", Folder.File("small.onnx"));

    /// <summary>A child process crashes: here a shell that a signal ends.</summary>
    [Fact]
    public void A_crash_stays_a_crash()
    {
        string zip = Folder.File("out.zip");
        Ok("reduce", Mixed, "--check", "if grep -q Unique {model}; then kill -SEGV $$; fi", "-o", zip);
        using ZipArchive archive = ZipFile.OpenRead(zip);
        archive.GetEntry("model.onnx")!.ExtractToFile(Folder.File("small.onnx"));
        Assert.Equal("Unique", Assert.Single(ModelFile.Read(Folder.File("small.onnx"), OperatorTable.Default).Graph.Nodes).Op.ToString());
        Assert.Contains("exit code 139", Text(archive, "log.txt"), StringComparison.Ordinal);
    }

    [Fact]
    public void A_command_decides_and_the_same_exit_code_counts()
    {
        string small = Folder.File("small.onnx");
        // The operator's name is a string in the file, so grep finds it; exit code 7 stands for the fault.
        Ok("reduce", Mixed, "--check", "grep -q Softmax {model} && exit 7", "-o", small);
        Assert.Equal("Softmax", Assert.Single(ModelFile.Read(small, OperatorTable.Default).Graph.Nodes).Op.ToString());
        Refused("GP3025", "reduce", Mixed, "--check", "engines>99", "-o", small);
        Refused("GP3012", "reduce", Mixed, "--check", "false", "-o", small);
        Refused("GP3021", "reduce", Mixed, "--check", "engines>1", "-o", Mixed);
    }

    [Fact]
    public void Parts_are_extracted_and_run()
    {
        string part = Folder.File("part.onnx");
        Ok("extract", Mixed, "--engine", "1", "-o", part);
        Assert.Equal(14, Json("plan", part).GetProperty("nodes").GetInt32());
        Ok("run", part);
        Ok("extract", Mixed, "--segment", "0", "-o", part);
        Ok("run", part);
        Ok("extract", Mixed, "--nodes", "op:Softmax", "-o", part);
        Assert.Equal("Softmax", Assert.Single(ModelFile.Read(part, OperatorTable.Default).Graph.Nodes).Op.ToString());

        Model whole = ModelFile.Read(Mixed, OperatorTable.Default);
        Node middle = whole.Graph.Nodes[whole.Graph.Nodes.Length / 2];
        Ok("extract", Mixed, "--to", middle.Outputs[0]!.Name, "-o", part);
        Model before = ModelFile.Read(part, OperatorTable.Default);
        Assert.Equal(middle.Outputs[0]!.Name, Assert.Single(before.Graph.Outputs).Name);
        Assert.All(before.Graph.Inputs, v => Assert.Contains(v.Name, whole.Graph.Inputs.Select(i => i.Name)));
        Ok("extract", Mixed, "--from", middle.Outputs[0]!.Name, "-o", part);
        Assert.True(ModelFile.Read(part, OperatorTable.Default).Graph.Nodes.Length < whole.Graph.Nodes.Length);
    }

    [Theory]
    [InlineData("--engine", "99")]
    [InlineData("--segment", "99")]
    [InlineData("--nodes", "op:Nothing")]
    [InlineData("--to", "nothing")]
    public void A_part_that_is_not_there_is_refused(string option, string value) =>
        Assert.Contains(option, Refused("GP3012", "extract", Mixed, option, value, "-o", Folder.File("x.onnx")).Errors, StringComparison.Ordinal);

    private static string Text(ZipArchive archive, string name)
    {
        using var reader = new StreamReader(archive.GetEntry(name)!.Open());
        return reader.ReadToEnd();
    }
}
