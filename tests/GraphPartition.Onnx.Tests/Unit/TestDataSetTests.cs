using GraphPartition.Foundation;
using GraphPartition.Ir.Graphs;
using GraphPartition.Ir.Tensors;
using GraphPartition.Ir.Types;
using GraphPartition.Onnx.Reading;
using GraphPartition.Onnx.TestData;

namespace GraphPartition.Onnx.Tests.Unit;

public sealed class TestDataSetTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Values_of_all_kinds_are_read_back()
    {
        DataValue tensor = TensorData.Floats([1, 2]), text = new StringTensor([1], [new byte[] { 65 }]);
        var values = new (IrType Type, DataValue Value)[]
        {
            (IrType.Tensor(ElementType.Float32), tensor),
            (IrType.Tensor(ElementType.String), text),
            (new SequenceType(IrType.Unknown), new SequenceValue([tensor, tensor])),
            (new SequenceType(IrType.Unknown), new SequenceValue([])),
            (new SequenceType(new SequenceType(IrType.Unknown)), new SequenceValue([new SequenceValue([text])])),
            (new OptionalType(IrType.Unknown), new OptionalValue(null)),
            (new OptionalType(IrType.Unknown), new OptionalValue(new SequenceValue([tensor]))),
            (new MapType(ElementType.Int64, IrType.Unknown), new MapValue(TensorData.Int64s(3, 4), [tensor, tensor])),
        };
        foreach ((IrType type, DataValue value) in values)
        {
            string path = _folder.File("v.pb");
            TestDataWriter.WriteValue(path, new("v", value));
            Assert.Equal(Text(value), Text(TestDataSet.ReadValue(path, type)));
        }
    }

    [Fact]
    public void Files_that_are_wrong_are_refused()
    {
        Graph graph = GraphParser.ParseGraph("graph g(x: f32[2]) -> () {\n}");
        Assert.Equal("GP5008", Assert.Throws<ModelException>(() => TestDataSet.Read(_folder.File("none"), graph)).Diagnostics[0].Code.Id);
        File.WriteAllBytes(_folder.File("input_0.pb"), [0x08, 0x02, 0x10, 0x01]); // declares two floats, has none
        Assert.Equal("GP5008", Assert.Throws<ModelException>(() => TestDataSet.Read(_folder.Path, graph)).Diagnostics[0].Code.Id);
        File.WriteAllBytes(_folder.File("input_0.pb"), [0xff]);
        Assert.Equal("GP5008", Assert.Throws<ModelException>(() => TestDataSet.Read(_folder.Path, graph)).Diagnostics[0].Code.Id);
    }

    [BackendFact]
    public void Data_of_the_backend_tests_is_written_back_the_same()
    {
        foreach (string model in OutsideFolders.Models(OutsideFolders.BackendTests))
            foreach (string data in Directory.EnumerateDirectories(Path.GetDirectoryName(model)!, "test_data_set_*"))
            {
                Graph graph = OnnxReader.Read(model).Graph;
                TestDataSet read = TestDataSet.Read(data, graph);
                read.Write(_folder.Path);
                TestDataSet again = TestDataSet.Read(_folder.Path, graph);
                Assert.Equal(read.Inputs.Concat(read.Outputs).Select(v => v.Name + Text(v.Value)), again.Inputs.Concat(again.Outputs)
                    .Select(v => v.Name + Text(v.Value)));
                foreach (string file in Directory.GetFiles(_folder.Path)) File.Delete(file);
            }
    }

    private static string Text(DataValue value) => value switch
    {
        TensorValue v => Convert.ToHexString(v.Data.Digest),
        SequenceValue v => "[" + string.Join(",", v.Items.Select(Text)) + "]",
        OptionalValue v => v.Item is null ? "none" : "some " + Text(v.Item),
        MapValue v => Convert.ToHexString(v.Keys.Digest) + string.Join(",", v.Values.Select(Text)),
        _ => value.ToString(),
    };
}
