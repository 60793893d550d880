using GraphPartition.Onnx.Reading;
using GraphPartition.Tests.Support;
using Xunit;

namespace GraphPartition.Tests.Conformance;

/// <summary><c>gpc compile</c> and <c>gpc export</c>: what they write, and what they do not leave behind.</summary>
public sealed class GpcWriteTests : GpcTest
{
    [Fact]
    public void An_output_that_cannot_be_written_leaves_nothing_behind()
    {
        string model = Save(SomeModel());
        int before = Directory.GetFileSystemEntries(Folder.Path).Length;
        GpcProcess.Outcome outcome = GpcProcess.Run("compile", model, "-o", Folder.File("no/such/folder/out.onnx"));
        Assert.Equal(3, outcome.ExitCode);
        Assert.Contains("GP5005", outcome.Errors, StringComparison.Ordinal);
        Assert.Equal(before, Directory.GetFileSystemEntries(Folder.Path).Length);
    }

    [Fact]
    public void A_model_is_exported_in_the_requested_opset()
    {
        string path = Folder.File("exported.onnx");
        Ok("export", Mixed, "-o", path, "--opset", "21");
        Assert.Equal(21, OnnxReader.Read(path).Opsets[""]);
        Ok("run", path);
    }
}
