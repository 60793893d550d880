using Google.Protobuf;
using GraphPartition.Foundation;
using GraphPartition.Onnx.Reading;

namespace GraphPartition.Onnx.Tests.Unit;

/// <summary>Weights in files beside the model: only regular files inside the model's folder are read.</summary>
public sealed class ExternalDataTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("/etc/passwd", null)]
    [InlineData("../up.bin", null)]
    [InlineData("sub/../../up.bin", null)]
    [InlineData("link.bin", null)]
    [InlineData("linked/up.bin", null)]
    [InlineData("none.bin", null)]
    [InlineData("", null)]
    [InlineData("ok.bin", "8")]
    [InlineData("ok.bin", "-4")]
    [InlineData("ok.bin", "x")]
    [InlineData("short.bin", "4")]
    public void External_data_outside_missing_or_of_a_wrong_length(string location, string? length)
    {
        string model = _folder.File("model");
        Directory.CreateDirectory(model);
        File.WriteAllBytes(_folder.File("up.bin"), new byte[4]);
        File.WriteAllBytes(Path.Combine(model, "ok.bin"), new byte[4]);
        File.WriteAllBytes(Path.Combine(model, "short.bin"), new byte[3]);
        File.CreateSymbolicLink(Path.Combine(model, "link.bin"), "../up.bin");
        Directory.CreateSymbolicLink(Path.Combine(model, "linked"), _folder.Path);
        string path = WriteExternal(model, location, length);
        Assert.Equal("GP1009", Assert.Throws<ModelException>(() => OnnxReader.Read(path)).Diagnostics[0].Code.Id);
    }

    [Fact]
    public void External_data_inside_the_folder_is_mapped()
    {
        File.WriteAllBytes(_folder.File("ok.bin"), [0, 0, 0x80, 0x3f]);
        File.CreateSymbolicLink(_folder.File("inside.bin"), "ok.bin");
        foreach (string location in (string[])["ok.bin", "./ok.bin", "inside.bin"])
            Assert.Equal(1f, OnnxReader.Read(WriteExternal(_folder.Path, location, null)).Graph.Constants[0].Data!.As<float>()[0]);
    }

    private static string WriteExternal(string folder, string location, string? length)
    {
        var tensor = new Proto.TensorProto
        {
            Name = "w",
            DataType = 1,
            Dims = { 1 },
            DataLocation = Proto.TensorProto.Types.DataLocation.External
        };
        tensor.ExternalData.Add(new Proto.StringStringEntryProto { Key = "location", Value = location });
        if (length is not null) tensor.ExternalData.Add(new Proto.StringStringEntryProto { Key = "length", Value = length });
        string path = Path.Combine(folder, "model.onnx");
        File.WriteAllBytes(path, new Proto.ModelProto { IrVersion = 8, Graph = new() { Initializer = { tensor } } }.ToByteArray());
        return path;
    }
}
