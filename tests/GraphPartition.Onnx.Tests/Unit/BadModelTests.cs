using Google.Protobuf;
using GraphPartition.Foundation;
using GraphPartition.Ir.Graphs;
using GraphPartition.Ir.Text;
using GraphPartition.Onnx.Reading;
using GraphPartition.Onnx.Writing;

namespace GraphPartition.Onnx.Tests.Unit;

/// <summary>Files that are wrong: each is refused with the code that tells how, and never crashes.</summary>
public sealed class BadModelTests : IDisposable
{
    private const string Head = "model {\n  opset 17\n}\n";

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_file_that_is_missing_or_a_directory()
    {
        Assert.Equal("GP1001", CodeOf(() => OnnxReader.Read(_folder.File("none.onnx"))));
        Assert.Equal("GP1001", CodeOf(() => OnnxReader.Read(_folder.Path)));
    }

    [Fact]
    public void An_empty_file()
    {
        File.WriteAllBytes(_folder.File("empty.onnx"), []);
        Assert.Equal("GP1002", CodeOf(() => OnnxReader.Read(_folder.File("empty.onnx"))));
    }

    [Theory]
    [InlineData("this is text, not a protobuf")]
    [InlineData("{\"graph\": {}}")]
    [InlineData("\x08\x01")] // a version and nothing else
    [InlineData("\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff")]
    public void Bytes_that_are_not_a_model(string text) =>
        Assert.Equal("GP1002", CodeOf(() => OnnxReader.Read(System.Text.Encoding.Latin1.GetBytes(text))));

    [Fact]
    public void A_file_cut_anywhere_is_refused_or_is_a_smaller_model()
    {
        byte[] bytes = Bytes(Head + """
            graph main(x: f32[N,2]) -> (y) {
              const w: f32[2,2] = {1.0, 2.0, 3.0, 4.0}
              h: f32[N,2] = MatMul(x, w) "mm"
              y = If(h) {else_branch = graph e() -> (a) {
                a = Neg(h)
              }, then_branch = graph t() -> (a) {
                a = Abs(h)
              }}
            }
            """);
        for (int length = 0; length < bytes.Length; length++)
            try
            {
                OnnxReader.Read(bytes.AsMemory(0, length));
            }
            catch (ModelException e)
            {
                Assert.All(e.Diagnostics, d => Assert.StartsWith("GP1", d.Code.Id));
            }
    }

    [Fact]
    public void Use_before_definition_is_not_a_cycle()
    {
        Model model = Read(new Proto.GraphProto
        {
            Node = { Node("Relu", "a", "y"), Node("Abs", "x", "a") },
            Input = { Info("x") },
            Output = { Info("y") }
        });
        Assert.Equal(["Abs", "Relu"], model.Graph.Nodes.Select(n => n.Op.Type));
        Diagnostic note = Assert.Single(model.Warnings);
        Assert.Equal(("GP1005", Severity.Note), (note.Code.Id, note.Code.Severity));
    }

    [Fact]
    public void A_node_that_needs_itself_is_a_cycle() => Assert.Equal("GP1006",
        FaultOf(new() { Node = { Node("Relu", "y", "y") }, Input = { Info("x") }, Output = { Info("y") } }).Code.Id);

    [Fact]
    public void Nodes_of_a_graph_with_the_same_name_are_a_warning()
    {
        Proto.NodeProto first = Node("Relu", "x", "a"), second = Node("Abs", "a", "y");
        (first.Name, second.Name) = ("n", "n");
        Diagnostic warning = Assert.Single(
            Read(new() { Node = { first, second }, Input = { Info("x") }, Output = { Info("y") } }).Warnings);
        Assert.Equal("GP1015", warning.Code.Id);
        Assert.Contains("'n'", warning.Message);
    }

    [Fact]
    public void A_cycle_names_its_nodes()
    {
        Diagnostic fault = FaultOf(new Proto.GraphProto
        {
            Node = { Node("Neg", "x", "s"), Node("Relu", "b", "a"), Node("Abs", "a", "b"), Node("Exp", "b", "y") },
            Input = { Info("x") },
            Output = { Info("y") },
        });
        Assert.Equal("GP1006", fault.Code.Id);
        Assert.Contains("Relu 'a'", fault.Message);
        Assert.Contains("Abs 'b'", fault.Message);
        Assert.DoesNotContain("Exp", fault.Message);
    }

    [Fact]
    public void A_cycle_through_a_body()
    {
        var branch = new Proto.GraphProto { Node = { Node("Abs", "z", "o") }, Output = { Info("o") } };
        var loop = Node("If", "x", "y");
        loop.Attribute.Add(
            new Proto.AttributeProto { Name = "then_branch", Type = Proto.AttributeProto.Types.AttributeType.Graph, G = branch });
        Assert.Equal(
            "GP1006", FaultOf(new() { Node = { loop, Node("Neg", "y", "z") }, Input = { Info("x") }, Output = { Info("y") } }).Code.Id);
    }

    [Fact]
    public void An_undefined_value()
    {
        Assert.Equal("GP1004", FaultOf(new() { Node = { Node("Relu", "nowhere", "y") }, Output = { Info("y") } }).Code.Id);
        Assert.Equal("GP1004", FaultOf(new() { Output = { Info("y") } }).Code.Id);
    }

    [Fact]
    public void A_body_that_captures_an_undefined_value()
    {
        var branch = new Proto.GraphProto { Node = { Node("Abs", "nowhere", "o") }, Output = { Info("o") } };
        var node = Node("If", "x", "y");
        node.Attribute.Add(new Proto.AttributeProto { Name = "then_branch", G = branch });
        Diagnostic fault = FaultOf(new() { Node = { node }, Input = { Info("x") }, Output = { Info("y") } });
        Assert.Equal("GP1004", fault.Code.Id);
        Assert.Contains("If 'y'", fault.Where);
    }

    [Fact]
    public void A_value_defined_twice()
    {
        Assert.Equal("GP1007", FaultOf(new() { Node = { Node("Relu", "x", "y"), Node("Abs", "x", "y") }, Input = { Info("x") } }).Code.Id);
        Assert.Equal("GP1007", FaultOf(new() { Node = { Node("Relu", "x", "x") }, Input = { Info("x") } }).Code.Id);
        Assert.Equal("GP1007", FaultOf(new() { Input = { Info("x"), Info("x") } }).Code.Id);
        Assert.Equal("GP1007", FaultOf(new() { Initializer = { Tensor("w", [1], 4), Tensor("w", [1], 4) } }).Code.Id);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-3)]
    public void An_opset_that_is_not_known(long version) =>
        Assert.Equal("GP1003", CodeOf(() => Read(new() { Input = { Info("x") } }, version)));

    [Theory]
    [InlineData(99)]
    [InlineData(long.MaxValue)]
    public void An_opset_that_is_newer_is_read_as_the_newest_known_one_with_a_warning(long version) =>
        Assert.Equal("GP1016", Assert.Single(Read(new() { Input = { Info("x") } }, version).Warnings).Code.Id);

    [Fact]
    public void No_opset_at_all() => Assert.Equal("GP1003", CodeOf(() =>
        OnnxReader.Read(
            new Proto.ModelProto { Graph = new() { Node = { Node("Relu", "x", "y") }, Input = { Info("x") } } }.ToByteArray())));

    [Theory]
    [InlineData(new long[] { 2 }, 4)]
    [InlineData(new long[] { 1 }, 8)]
    [InlineData(new long[] { -1 }, 4)]
    [InlineData(new long[] { long.MaxValue, 2 }, 4)]
    [InlineData(new long[] { long.MaxValue }, 4)]
    [InlineData(new long[] { 1L << 40, 1L << 40, 1L << 40 }, 0)]
    public void Initializers_whose_bytes_do_not_fit(long[] dims, int bytes) =>
        Assert.Equal("GP1008", FaultOf(new() { Initializer = { Tensor("w", dims, bytes) } }).Code.Id);

    [Fact]
    public void Initializers_of_unknown_types_and_mixed_fields()
    {
        Assert.Equal("GP1008", FaultOf(new() { Initializer = { new Proto.TensorProto { Name = "w", DataType = 99 } } }).Code.Id);
        Assert.Equal(
            "GP1008", FaultOf(new() { Initializer = { new Proto.TensorProto { Name = "w", DataType = 1, Int64Data = { 1 } } } }).Code.Id);
        Assert.Equal(
            "GP1008", FaultOf(new() { Initializer = { new Proto.TensorProto { Name = "w", DataType = 8, Dims = { 3 } } } }).Code.Id);
    }

    [Fact]
    public void Typed_fields_are_read()
    {
        Graph graph = Read(new()
        {
            Initializer =
            {
                new Proto.TensorProto { Name = "a", DataType = 7, Dims = { 3 }, Int64Data = { -1, 2, long.MaxValue } },
                new Proto.TensorProto { Name = "b", DataType = 1, Dims = { 2 }, FloatData = { 1.5f, -0f } },
                new Proto.TensorProto { Name = "c", DataType = 10, Dims = { 1 }, Int32Data = { 0x3c00 } },
                new Proto.TensorProto { Name = "d", DataType = 9, Dims = { 2 }, Int32Data = { 1, 0 } },
                new Proto.TensorProto { Name = "e", DataType = 12, Dims = { 1 }, Uint64Data = { 4000000000 } },
                new Proto.TensorProto { Name = "f", DataType = 22, Dims = { 3 }, Int32Data = { 0x21, 0x03 } },
            },
        }).Graph;
        Assert.Equal("""
            graph graph() -> () {
              const a: i64[3] = {-1, 2, 9223372036854775807}
              const b: f32[2] = {1.5, -0.0}
              const c: f16[1] = {1.0}
              const d: bool[2] = {true, false}
              const e: u32[1] = {4000000000}
              const f: i4[3] = x"2103"
            }

            """.Replace("graph graph", "graph \"\""), GraphPrinter.Print(graph));
    }

    [Fact]
    public void Bodies_nested_ten_thousand_deep()
    {
        ByteString body = ByteString.Empty;
        for (int i = 0; i < 10_000; i++) // by hand: the generated classes would recurse
            body = Field(Proto.GraphProto.NodeFieldNumber,
                Field(Proto.NodeProto.AttributeFieldNumber, Field(Proto.AttributeProto.GFieldNumber, body)));
        ByteString model = Field(Proto.ModelProto.GraphFieldNumber, body);
        Assert.Equal(
            "GP1011", CodeOf(() => OnnxReader.Read(
                ByteString.CopyFrom(
                    [.. new Proto.ModelProto { OpsetImport = { new Proto.OperatorSetIdProto { Version = 17 } } }.ToByteArray(),
                        .. model]).Memory)));
    }

    [Fact]
    public void Types_nested_ten_thousand_deep()
    {
        ByteString type = ByteString.Empty;
        for (int i = 0; i < 10_000; i++) type = Field(
            Proto.TypeProto.SequenceTypeFieldNumber, Field(Proto.TypeProto.Types.Sequence.ElemTypeFieldNumber, type));
        ByteString model = Field(Proto.ModelProto.GraphFieldNumber,
            Field(Proto.GraphProto.InputFieldNumber, Field(Proto.ValueInfoProto.TypeFieldNumber, type)));
        Assert.Equal("GP1002", CodeOf(() => OnnxReader.Read(model.Memory)));
    }

    [Fact]
    public void Wrong_enum_numbers_kinds_and_repeated_attributes()
    {
        foreach (Proto.AttributeProto[] attributes in (Proto.AttributeProto[][])
        [
            [new() { Name = "a", Type = (Proto.AttributeProto.Types.AttributeType)77 }],
            [new() { Name = "a", Type = Proto.AttributeProto.Types.AttributeType.Int, F = 1 }],
            [new() { Name = "a", Type = Proto.AttributeProto.Types.AttributeType.Int, I = 1 },
                new() { Name = "a", Type = Proto.AttributeProto.Types.AttributeType.Int }],
            [new() { Name = "a", RefAttrName = "b" }],
        ])
        {
            Proto.NodeProto node = Node("Relu", "x", "y");
            node.Attribute.Add(attributes);
            Assert.Equal("GP1010", FaultOf(new() { Node = { node }, Input = { Info("x") } }).Code.Id);
        }
    }

    [Fact]
    public void Names_that_are_not_UTF8_stay_apart()
    {
        ByteString[] names = [ByteString.CopyFrom(0xff), ByteString.CopyFrom(0xfe)];
        ByteString graph =
            ByteString.CopyFrom(
                [.. names.SelectMany(n => Field(Proto.GraphProto.InputFieldNumber, Field(Proto.ValueInfoProto.NameFieldNumber, n)))]);
        Assert.Equal(2, OnnxReader.Read(Field(Proto.ModelProto.GraphFieldNumber, graph).Memory).Graph.Inputs.Length);
    }

    private static ByteString Field(int number, ByteString content)
    {
        using var stream = new MemoryStream();
        using (var coded = new CodedOutputStream(stream, leaveOpen: true))
        {
            coded.WriteTag(number, WireFormat.WireType.LengthDelimited);
            coded.WriteBytes(content);
        }
        return ByteString.CopyFrom(stream.ToArray());
    }

    private static Proto.NodeProto Node(string op, string input, string output) =>
        new() { OpType = op, Input = { input }, Output = { output } };

    private static Proto.ValueInfoProto Info(string name) => new() { Name = name };

    private static Proto.TensorProto Tensor(string name, long[] dims, int bytes)
    {
        var tensor = new Proto.TensorProto { Name = name, DataType = 1, RawData = ByteString.CopyFrom(new byte[bytes]) };
        tensor.Dims.Add(dims);
        return tensor;
    }

    private static byte[] Bytes(string text) => OnnxWriter.ToBytes(GraphParser.ParseModel(text));

    private static Model Read(Proto.GraphProto graph, long opset = 17) => OnnxReader.Read(new Proto.ModelProto
    {
        IrVersion = 8,
        OpsetImport = { new Proto.OperatorSetIdProto { Version = opset } },
        Graph = graph,
    }.ToByteArray());

    private static Diagnostic FaultOf(Proto.GraphProto graph) => Assert.Throws<ModelException>(() => Read(graph)).Diagnostics[0];

    private static string CodeOf(Func<object> read) => Assert.Throws<ModelException>(read).Diagnostics[0].Code.Id;
}
