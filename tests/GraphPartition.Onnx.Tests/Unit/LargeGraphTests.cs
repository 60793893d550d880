using Google.Protobuf;
using GraphPartition.Foundation;
using GraphPartition.Ir.Graphs;
using GraphPartition.Onnx.Reading;

namespace GraphPartition.Onnx.Tests.Unit;

/// <summary>Graphs of so many nodes that two cores read them: names, types and faults are those of the file, in its order.</summary>
public class LargeGraphTests
{
    private const int Nodes = 3 * NodeTexts.Stretch + 5;

    [Fact]
    public void Nodes_and_values_have_the_names_and_types_of_the_file()
    {
        Proto.ModelProto model = Model();
        Model read = OnnxReader.Read(model.ToByteArray());
        Assert.Equal(model.Graph.Node.Select(n => n.Name), read.Graph.Nodes.Select(n => n.Name));
        Assert.Equal(model.Graph.Node.Select(n => string.Join(' ', n.Output)),
            read.Graph.Nodes.Select(n => string.Join(' ', n.Outputs.Select(v => v?.Name ?? ""))));
        var documented = read.Graph.Nodes.SelectMany(n => n.Outputs).OfType<Value>().Where(v => v.Metadata is not null);
        Assert.Equal(model.Graph.ValueInfo.Select(v => $"{v.Name} {v.DocString} f32[{v.Type.TensorType.Shape.Dim[0].DimValue}]"),
            documented.Select(v => $"{v.Name} {v.Metadata!.Value!.DocString} {v.Type}"));
        int same = model.Graph.Node.Count(n => n.Name == "same") - 1;
        Assert.Contains($"{same} nodes have the name of an earlier node", Assert.Single(read.Warnings).Message);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(NodeTexts.Stretch - 1)]
    [InlineData(NodeTexts.Stretch)]
    [InlineData(2 * NodeTexts.Stretch + 99)]
    public void Faults_of_nodes_come_before_that_of_the_bytes(int damaged)
    {
        Proto.ModelProto model = Model();
        if (damaged > 0) model.Graph.Node[damaged - 1].Output.Add("x"); // the input's name
        // After the outputs of the node comes a field with an unknown wire type.
        model.Graph.Node[damaged] = Proto.NodeProto.Parser.ParseFrom([.. model.Graph.Node[damaged].ToByteArray(), 0x7A, 2, 0x0F, 0x0F]);
        byte[] bytes = model.ToByteArray();
        int mark = bytes.AsSpan().IndexOf((ReadOnlySpan<byte>)[0x7A, 2, 0x0F, 0x0F]);
        (bytes[mark], bytes[mark + 1]) = (0x7F, 0x7F);
        DiagnosticCode[] faults = [.. Assert.Throws<ModelException>(() => OnnxReader.Read(bytes)).Diagnostics.Select(d => d.Code)];
        Assert.Equal(damaged == 0 ? [OnnxCodes.NotAModel] : new[] { ModelCodes.DefinedTwice, OnnxCodes.NotAModel }, faults);
    }

    private static Proto.ModelProto Model()
    {
        var graph = new Proto.GraphProto { Name = "g", Input = { Typed("x", 8) }, Output = { new Proto.ValueInfoProto { Name = "a0" } } };
        for (int i = 0; i < Nodes; i++)
        {
            string[] outputs = (i % 3) switch { 0 => [$"a{i}"], 1 => [$"a{i}", "", $"c{i}"], _ => ["", $"b{i}"] };
            graph.Node.Add(new Proto.NodeProto
            {
                OpType = "Several",
                Domain = "test",
                Name = i % 5 == 0 ? "" : i % 7 == 0 ? "same" : $"n{i}",
                Input = { i % 3 == 1 ? $"a{i - 1}" : "x" },
                Output = { outputs },
            });
            if (i % 11 == 0) graph.ValueInfo.Add(Typed(outputs[^1], i + 1));
        }
        return new()
        {
            IrVersion = 8,
            OpsetImport = { new Proto.OperatorSetIdProto { Version = 17 }, new Proto.OperatorSetIdProto { Domain = "test", Version = 1 } },
            Graph = graph,
        };
    }

    private static Proto.ValueInfoProto Typed(string name, int size)
    {
        var tensor = new Proto.TypeProto.Types.Tensor
        {
            ElemType = 1,
            Shape = new() { Dim = { new Proto.TensorShapeProto.Types.Dimension { DimValue = size } } },
        };
        return new() { Name = name, DocString = $"about {name}", Type = new() { TensorType = tensor } };
    }
}
