using System.Text;
using Google.Protobuf;
using GraphPartition.Compiler.Import.Opsets;
using GraphPartition.Foundation;
using GraphPartition.Ir.Graphs;
using GraphPartition.Ir.Text;
using GraphPartition.Onnx.Reading;
using GraphPartition.Onnx.Writing;
using GraphPartition.Operators;

namespace GraphPartition.Onnx.Tests.Unit;

/// <summary>
/// Strings that are not UTF-8, in every place where a file has one: a model or a diagnostic comes of it. Strings that are data
/// (attributes, tensors) are bytes in ONNX and come out as they went in.
/// </summary>
public class NotUtf8Tests
{
    private const string Marker = "~@~";
    private static readonly byte[] Bad = [0xff, 0xc0, 0x80];

    [Fact]
    public void Every_string_of_a_file_in_turn_and_all_at_once()
    {
        byte[] model = Model().ToByteArray();
        int[] places = [.. Places(model)];
        Assert.InRange(places.Length, 50, 100); // every field is there
        foreach (int place in places) Read(With(model, [place]));
        Read(With(model, places));
    }

    [Fact]
    public void Strings_that_are_data_stay_as_they_are()
    {
        byte[] model = Model().ToByteArray();
        Model read = OnnxReader.Read(With(model, [.. Places(model)]));
        string[] expected = [.. Enumerable.Repeat(Convert.ToHexString(Bad), Data(Model()).Count())];
        Assert.Equal(5, expected.Length);
        Assert.Equal(expected, Data(Proto.ModelProto.Parser.ParseFrom(OnnxWriter.ToBytes(read))));
        string text = GraphPrinter.Print(read);
        Assert.Equal(text, GraphPrinter.Print(GraphParser.ParseModel(text)));
        Assert.Equal(text, GraphPrinter.Print(OnnxReader.Read(OnnxWriter.ToBytes(read)))); // names are Latin-1 from then on, in both
    }

    private static void Read(byte[] bytes)
    {
        try
        {
            Model model = OnnxReader.Read(bytes, new() { Rules = OperatorTable.Default, Normalizer = OpsetNormalizer.Instance });
            Assert.Null(GraphVerifier.FindFault(model.Graph));
            OnnxReader.Read(OnnxWriter.ToBytes(OpsetExport.Lowest(model)));
        }
        catch (ModelException e)
        {
            Assert.All(e.Diagnostics, d => Assert.Matches("^GP[12]", d.Code.Id));
        }
    }

    /// <summary>The strings of attributes and tensors, as hexadecimal digits.</summary>
    private static IEnumerable<string> Data(Proto.ModelProto model)
    {
        foreach (Proto.AttributeProto a in model.Graph.Node.SelectMany(n => n.Attribute))
            foreach (ByteString s in a.Strings.Concat(a.HasS ? [a.S] : []).Concat(a.T?.StringData ?? []))
                yield return Convert.ToHexString(s.Span);
        foreach (Proto.TensorProto t in model.Graph.Initializer)
            foreach (ByteString s in t.StringData) yield return Convert.ToHexString(s.Span);
    }

    private static IEnumerable<int> Places(byte[] model)
    {
        byte[] marker = Encoding.ASCII.GetBytes(Marker);
        for (int at = 0; at + marker.Length <= model.Length; at++)
            if (model.AsSpan(at, marker.Length).SequenceEqual(marker)) yield return at;
    }

    /// <summary>The file with other bytes at some places; they are as many, so that all lengths stay right.</summary>
    private static byte[] With(byte[] model, int[] places)
    {
        byte[] changed = [.. model];
        foreach (int place in places) Bad.CopyTo(changed, place);
        return changed;
    }

    /// <summary>A model with the marker in all strings; a letter behind it keeps names apart.</summary>
    private static Proto.ModelProto Model()
    {
        string S(string suffix = "") => Marker + suffix;
        ByteString bytes = ByteString.CopyFromUtf8(Marker);
        Proto.StringStringEntryProto Entry() => new() { Key = S(), Value = S() };
        Proto.TypeProto Type() => new()
        {
            Denotation = S(),
            TensorType = new()
            {
                ElemType = 1,
                Shape =
                new() { Dim = { new Proto.TensorShapeProto.Types.Dimension { DimParam = S(), Denotation = S() } } }
            },
        };
        Proto.ValueInfoProto Info(string name) => new() { Name = S(name), DocString = S(), Type = Type(), MetadataProps = { Entry() } };
        return new()
        {
            IrVersion = 10,
            ProducerName = S(),
            ProducerVersion = S(),
            Domain = S(),
            DocString = S(),
            MetadataProps = { Entry() },
            OpsetImport = { new Proto.OperatorSetIdProto { Version = 21 }, new Proto.OperatorSetIdProto { Domain = S("d"), Version = 1 } },
            Graph = new()
            {
                Name = S(),
                DocString = S(),
                MetadataProps = { Entry() },
                Input = { Info("x") },
                Output = { Info("y") },
                ValueInfo = { Info("h") },
                Initializer =
                {
                    new Proto.TensorProto { Name = S("s"), DataType = 8, Dims = { 2 }, StringData = { bytes, bytes }, DocString = S(),
                        MetadataProps = { Entry() } },
                },
                QuantizationAnnotation =
                    { new Proto.TensorAnnotation { TensorName = S("x"),
                        QuantParameterTensorNames = { new Proto.StringStringEntryProto { Key = S(), Value = S("s") } } } },
                Node =
                {
                    new Proto.NodeProto
                    {
                        OpType = S(),
                        Domain = S("d"),
                        Name = S(),
                        DocString = S(),
                        Input = { S("x"), S("s") },
                        Output = { S("h") },
                        MetadataProps = { Entry() },
                        Attribute =
                        {
                            new Proto.AttributeProto { Name = S("1"), DocString = S(),
                                Type = Proto.AttributeProto.Types.AttributeType.String, S = bytes },
                            new Proto.AttributeProto { Name = S("2"), Type = Proto.AttributeProto.Types.AttributeType.Strings,
                                Strings = { bytes } },
                            new Proto.AttributeProto { Name = S("3"), Type = Proto.AttributeProto.Types.AttributeType.Tensor,
                                T = new() { Name = S(), DocString = S(), DataType = 8, Dims = { 1 }, StringData = { bytes } } },
                            new Proto.AttributeProto { Name = S("4"), Type = Proto.AttributeProto.Types.AttributeType.TypeProto,
                                Tp = Type() },
                        },
                    },
                    new Proto.NodeProto { OpType = S("F"), Domain = S("d"), Overload = S(), Name = S(), Input = { S("h") },
                        Output = { S("y") } },
                },
            },
            Functions =
            {
                new Proto.FunctionProto
                {
                    Name = S("F"),
                    Domain = S("d"),
                    Overload = S(),
                    DocString = S(),
                    Input = { S("p") },
                    Output = { S("r") },
                    Attribute = { S("a") },
                    AttributeProto = { new Proto.AttributeProto { Name = S("b"), Type = Proto.AttributeProto.Types.AttributeType.Int } },
                    OpsetImport = { new Proto.OperatorSetIdProto { Domain = S("d"), Version = 1 } },
                    MetadataProps = { Entry() },
                    ValueInfo = { Info("r") },
                    Node = { new Proto.NodeProto { OpType = S(), Domain = S("d"), Input = { S("p") }, Output = { S("r") },
                        Attribute = { new Proto.AttributeProto { Name = S("a"), RefAttrName = S("a"),
                            Type = Proto.AttributeProto.Types.AttributeType.Int } } } },
                },
            },
        };
    }
}
