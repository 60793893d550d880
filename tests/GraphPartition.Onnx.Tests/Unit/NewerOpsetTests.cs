using Google.Protobuf;
using GraphPartition.Compiler.Import.Opsets;
using GraphPartition.Foundation;
using GraphPartition.Ir.Graphs;
using GraphPartition.Onnx.Reading;
using GraphPartition.Operators;
using GraphPartition.Operators.Schemas;

namespace GraphPartition.Onnx.Tests.Unit;

/// <summary>Opsets after the canonical one.</summary>
public class NewerOpsetTests
{
    /// <summary>So a graph in the canonical opset means the same in each opset that is written.</summary>
    [Fact]
    public void No_operator_changed_between_the_canonical_opset_and_the_newest_that_is_written() =>
        Assert.All(OperatorSchemas.Default.Operators.Where(op => op.Domain.Length == 0), op => Assert.True(
            OperatorSchemas.Default.Canonical(op) is not { } now
            || ReferenceEquals(now, OperatorSchemas.Default.Find(op, OperatorSchemas.NewestWritten)), op.ToString()));

    [Theory]
    [InlineData(28, "Einsum", 0)] // has more types since 28, and f32 as before
    [InlineData(26, "CumProd", 26)]
    [InlineData(27, "LinearAttention", 27)]
    public void A_node_is_canonical_or_keeps_its_version(int opset, string op, int version) =>
        Assert.Equal(version, Assert.Single(Read(opset, op).Graph.Nodes).Version);

    [Fact]
    public void An_operator_that_no_known_opset_has_is_refused_in_a_newer_opset()
    {
        Assert.Single(Read(28, "EfficientNMS_TRT").Graph.Nodes); // a plugin of TensorRT, whose domain is the standard one
        var refused = Assert.Throws<ModelException>(() => Read(31, "Teleport"));
        Assert.Contains(refused.Diagnostics, d => d.Code.Id == "GP1003" && d.Where.StartsWith("Teleport", StringComparison.Ordinal));
    }

    [Fact]
    public void A_known_operator_of_a_newer_opset_is_read_with_a_warning()
    {
        Model model = Read(31, "Relu");
        Assert.Equal("GP1016", Assert.Single(model.Warnings).Code.Id);
        Assert.Equal(0, Assert.Single(model.Graph.Nodes).Version);
        Assert.Equal(OperatorSchemas.NewestWritten, OpsetExport.Lowest(model).Opsets[""]);
    }

    private static Model Read(int opset, string op)
    {
        var node = new Proto.NodeProto { OpType = op, Output = { "y" } };
        node.Input.Add(op switch { "CumProd" => ["x", "i"], "LinearAttention" => ["x", "x", "x"], _ => ["x"] });
        if (op == "Einsum") node.Attribute.Add(new Proto.AttributeProto
        { Name = "equation", Type = Proto.AttributeProto.Types.AttributeType.String, S = ByteString.CopyFromUtf8("ijk->ikj") });
        if (op == "LinearAttention")
        {
            node.Output.Add("state");
            foreach (string heads in (string[])["q_num_heads", "kv_num_heads"])
                node.Attribute.Add(new Proto.AttributeProto { Name = heads, Type = Proto.AttributeProto.Types.AttributeType.Int, I = 1 });
        }
        var type = new Proto.TypeProto { TensorType = new() { ElemType = 1, Shape = new() } };
        for (int i = 0; i < 3; i++) type.TensorType.Shape.Dim.Add(new Proto.TensorShapeProto.Types.Dimension { DimValue = 2 });
        return OnnxReader.Read(new Proto.ModelProto
        {
            IrVersion = 10,
            OpsetImport = { new Proto.OperatorSetIdProto { Version = opset } },
            Graph = new()
            {
                Name = "g",
                Node = { node },
                Output = { new Proto.ValueInfoProto { Name = "y" } },
                Input = { new Proto.ValueInfoProto { Name = "x", Type = type } },
                Initializer = { new Proto.TensorProto { Name = "i", DataType = 7, Int64Data = { 0 } } },
            },
        }.ToByteArray(), new() { Rules = OperatorTable.Default, Normalizer = OpsetNormalizer.Instance });
    }
}
