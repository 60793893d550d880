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
        Assert.Equal(["README.txt", "log.txt", "model.onnx", "plan.json", "versions.txt"],
            archive.Entries.Select(e => e.FullName).Order(StringComparer.Ordinal));
        foreach (ZipArchiveEntry entry in archive.Entries)
        {
            using var reader = new StreamReader(entry.Open());
            Assert.DoesNotContain(Folder.Path, reader.ReadToEnd(), StringComparison.Ordinal);
        }
        archive.GetEntry("model.onnx")!.ExtractToFile(Folder.File("small.onnx"));
        Assert.Equal(2, Json("plan", Folder.File("small.onnx")).GetProperty("engines").GetArrayLength());
        Assert.True(Json("plan", Folder.File("small.onnx")).GetProperty("nodes").GetInt32() <= 4);
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
}
