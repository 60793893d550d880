using Google.Protobuf;
using GraphPartition.Foundation;
using GraphPartition.Ir.Graphs;
using GraphPartition.Ir.Tensors;
using GraphPartition.MindIr.Diagnostics;
using GraphPartition.MindIr.Proto;
using GraphPartition.MindIr.Tests.Support;

namespace GraphPartition.MindIr.Tests.Unit;

/// <summary>Weights beside the model, in both layouts, and locations that lead elsewhere.</summary>
public sealed class WeightFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Raw_weights_are_read_at_the_given_offset()
    {
        Write("net_variables/data_0", Data(first: 1));
        Runner.AssertClose(TensorData.Floats([11, 22], 2), Run(External("net_variables/data_0", 64, 8)));
    }

    [Theory]
    [InlineData("net_variables/data_0", 68, 8)]
    [InlineData("net_variables/data_0", -1, 8)]
    [InlineData("net_variables/data_0", 64, 4)]
    [InlineData("net_variables/data_0", long.MaxValue, 8)]
    [InlineData("net_variables/data_1", 64, 8)]
    [InlineData("../data", 0, 8)]
    [InlineData("/etc/passwd", 0, 8)]
    [InlineData("link", 0, 8)]
    [InlineData("", 0, 8)]
    public void Weights_that_are_not_there_are_refused(string location, long offset, long length)
    {
        Write("net_variables/data_0", Data(first: 1));
        File.CreateSymbolicLink(_folder.File("link"), "/etc/passwd");
        Refused(External(location, offset, length), ModelCodes.BadExternalData);
    }

    [Fact]
    public void Weights_of_the_other_byte_order_are_refused()
    {
        Write("net_variables/data_0", Data(first: 0));
        Refused(External("net_variables/data_0", 64, 8), MindIrCodes.UnsupportedMindIr);
    }

    [Fact]
    public void Files_of_parameters_are_merged_as_1_3_wrote_them()
    {
        GraphProto parameters = ModelProto.Parser.ParseFrom(BadFileTests.Plain(_ => { })).Graph.Clone();
        parameters.Node.Clear();
        parameters.Input.Clear();
        parameters.Output.Clear();
        Write("net_variables/data_0", new GraphProto().ToByteArray());
        Write("net_variables/data_1", parameters.ToByteArray());
        Runner.AssertClose(TensorData.Floats([11, 22], 2), Run(BadFileTests.Plain(m => m.Graph.Parameter.Clear())));

        File.Delete(_folder.File("net_variables/data_1"));
        Refused(BadFileTests.Plain(m => m.Graph.Parameter.Clear()), ModelCodes.UndefinedValue);
        Write("net_variables/data_1", [0xFF, 0xFF]);
        Refused(BadFileTests.Plain(m => m.Graph.Parameter.Clear()), ModelCodes.BadExternalData);
    }

    [Theory]
    [InlineData("missing.mindir")]
    [InlineData(".")]
    public void A_file_that_cannot_be_read_is_reported(string name) =>
        Assert.Equal(FileCodes.CannotRead, Assert.Throws<ModelException>(() => MindIrReader.Read(_folder.File(name))).Diagnostics[0].Code);

    private static byte[] Data(byte first) => [first, .. new byte[63], .. TensorData.Floats([1, 2], 2).Bytes.Span];

    private static byte[] External(string location, long offset, long length) => BadFileTests.Plain(m =>
    {
        m.Graph.Parameter[0].ClearRawData();
        m.Graph.Parameter[0].ExternalData = new() { Location = location, Offset = offset, Length = length };
    });

    private string Write(string name, byte[] bytes)
    {
        string path = _folder.File(name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllBytes(path, bytes);
        return path;
    }

    private TensorData Run(byte[] model) => Runner.Run(
        MindIrReader.Read(Write("net_graph.mindir", model)), TensorData.Floats([10, 20], 2))[0];

    private void Refused(byte[] model, DiagnosticCode code)
    {
        string path = Write("net_graph.mindir", model);
        Assert.Contains(Assert.Throws<ModelException>(() => MindIrReader.Read(path)).Diagnostics, d => d.Code == code);
    }
}
