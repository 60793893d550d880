using Google.Protobuf;
using GraphPartition.CompiledModels;
using GraphPartition.Compiler;
using GraphPartition.Compiler.Import.Opsets;
using GraphPartition.Foundation;
using GraphPartition.Ir.Graphs;
using GraphPartition.Ir.Text;
using GraphPartition.Ir.Types;
using GraphPartition.Onnx.Reading;
using GraphPartition.Onnx.Writing;
using GraphPartition.Operators;

namespace GraphPartition.Onnx.Tests.Unit;

/// <summary>Metadata of values, tensors and training has no meaning for the compiler: it is written as it was read.</summary>
public class MetadataTests
{
    private const string Text = """
        model {
          opset 25
          training x"ff04"
        }
        graph g(x: f32[N,4] (doc "pixels", meta "unit" = "cd", denotes "IMAGE" "DATA_BATCH" "DATA_FEATURE"), d: f32[1] (doc "a default", tensor doc "its tensor") = f32[1] {1.0}) -> (y) {
          const w: f32[4,5] (doc "a weight", tensor doc "its tensor", tensor meta "a" = "b", denotes "" "FILTER_IN_CHANNEL" "FILTER_OUT_CHANNEL", quant "SCALE_TENSOR" = "s", quant "ZERO_POINT_TENSOR" = "z") = #2c26b46b68ffc68f
          const s: f32[] = {0.5}
          const z: i8[] = {0}
          h: f32[N,5] (doc "hidden", quant "SCALE_TENSOR" = "s") = MatMul(x, w)
          q: seq(f32[N]) (denotes "" "" "DATA_BATCH") = Op(h)
          b = If(h) {then_branch = graph t() -> (a) {
            const c: f32[1] (tensor doc "in a body") = {2.0}
            a: f32[N,5] (doc "inside") = Abs(h) {__k = 1 (doc "an attribute in a body")}
          } (doc "a body")}
          o = Op(h) {l = [1, 2] (doc "a list"), t = i8[1] {3} (doc "an attribute", tensor doc "its tensor", tensor meta "c" = "d")}
          y: f32[N,5] (meta "result" = "") = Relu(h) "last"
        }

        """;

    [Fact]
    public void Text_is_read_and_printed() => Assert.Equal(Text, GraphPrinter.Print(GraphParser.ParseModel(Text)));

    [Fact]
    public void Files_keep_the_metadata()
    {
        string text = Text.Replace("= #2c26b46b68ffc68f", $"= x\"{new string('0', 160)}\"", StringComparison.Ordinal);
        Model model = GraphParser.ParseModel(text);
        Model read = OnnxReader.Read(OnnxWriter.ToBytes(model));
        Assert.Equal(GraphPrinter.Print(model, PrintOptions.Full), GraphPrinter.Print(read, PrintOptions.Full));
        Model normalized = OnnxReader.Read(OnnxWriter.ToBytes(read, new() { ValueTypes = false }),
            new() { Normalizer = OpsetNormalizer.Instance });
        Assert.Equal("hidden", normalized.Graph.Nodes[0].Outputs[0]!.Metadata!.Value!.DocString);
    }

    [Fact]
    public void Metadata_from_several_places_is_merged()
    {
        var graph = new Proto.GraphProto
        {
            Input = { new Proto.ValueInfoProto { Name = "x" } },
            Output = { new Proto.ValueInfoProto { Name = "y", DocString = "as an output" } },
            ValueInfo = { new Proto.ValueInfoProto { Name = "y", DocString = "again",
                Type = new() { Denotation = "AUDIO", TensorType = new() { ElemType = 1 } } } },
            Node =
            {
                new Proto.NodeProto { OpType = "Constant", Output = { "c" }, DocString = "of a node",
                    Attribute = { new Proto.AttributeProto { Name = "value_int", Type = Proto.AttributeProto.Types.AttributeType.Int } } },
                new Proto.NodeProto { OpType = "Add", Input = { "x", "c" }, Output = { "y" } },
            },
            QuantizationAnnotation =
                { new Proto.TensorAnnotation { TensorName = "x",
                    QuantParameterTensorNames = { new Proto.StringStringEntryProto { Key = "SCALE_TENSOR", Value = "c" } } } },
        };
        Model model =
            OnnxReader.Read(
                new Proto.ModelProto { OpsetImport = { new Proto.OperatorSetIdProto { Version = 17 } }, Graph = graph }.ToByteArray());
        Assert.Equal("""
            graph ""(x (quant "SCALE_TENSOR" = "c")) -> (y) {
              const c: i64[] (tensor doc "of a node") = {0}
              y: f32[*] (doc "as an output", denotes "AUDIO") = Add(x, c)
            }

            """, GraphPrinter.Print(model.Graph));
    }

    [Fact]
    public void An_annotation_stays_with_its_parameters_and_denotations_with_the_dimensions()
    {
        var builder = new GraphBuilder(DeclaredTypes.Instance) { Name = "g" };
        Value x = builder.Input("x", IrType.Tensor(ElementType.Float32, Shape.Of(2)), null,
            new() { Denotations = ["IMAGE", "DATA_BATCH", "DATA_CHANNEL"], Quantization = [new("SCALE_TENSOR", "gone")] });
        byte[] bytes = OnnxWriter.ToBytes(new Model(builder.Build(x)) { Opsets = OpsetVersions.Standard(17) });
        Assert.Equal("IMAGE|", string.Join("|", OnnxReader.Read(bytes).Graph.Inputs[0].Metadata!.Denotations));
        Assert.Empty(Proto.ModelProto.Parser.ParseFrom(bytes).Graph.QuantizationAnnotation);
    }

    [Fact]
    public void Metadata_inside_functions_stays_when_they_are_expanded_or_kept()
    {
        var function = new Proto.FunctionProto
        {
            Name = "F",
            Domain = "d",
            Input = { "p" },
            Output = { "r" },
            DocString = "of the function",
            OpsetImport = { new Proto.OperatorSetIdProto { Version = 17 } },
            ValueInfo = { new Proto.ValueInfoProto { Name = "t", DocString = "of a value" } },
            Node =
            {
                new Proto.NodeProto { OpType = "Neg", Input = { "p" }, Output = { "t" }, DocString = "of a node",
                    MetadataProps = { new Proto.StringStringEntryProto { Key = "k", Value = "v" } } },
                new Proto.NodeProto { OpType = "Elu", Input = { "t" }, Output = { "r" },
                    Attribute = { new Proto.AttributeProto { Name = "alpha", DocString = "of an attribute", F = 2,
                        Type = Proto.AttributeProto.Types.AttributeType.Float } } },
            },
        };
        var model = new Proto.ModelProto
        {
            IrVersion = 10,
            OpsetImport = { new Proto.OperatorSetIdProto { Version = 17 }, new Proto.OperatorSetIdProto { Domain = "d", Version = 1 } },
            Graph = new()
            {
                Name = "g",
                Node = { new Proto.NodeProto { Name = "call", OpType = "F", Domain = "d", Input = { "x" }, Output = { "y" } } },
                Input = { new Proto.ValueInfoProto { Name = "x" } },
                Output = { new Proto.ValueInfoProto { Name = "y" } }
            },
            Functions = { function },
        };
        Assert.Equal("""
            graph g(x) -> (y) {
              call/t (doc "of a value") = Neg(x) doc "of a node" meta "k" = "v"
              y = Elu(call/t) {alpha = 2.0 (doc "of an attribute")}
            }

            """, GraphPrinter.Print(OnnxReader.Read(model.ToByteArray()).Graph));

        function.Domain = model.Graph.Node[0].Domain = model.OpsetImport[1].Domain = CompiledModelFormat.Domain;
        var options = new OnnxReadOptions { KeepFunctionsOf = CompiledModelFormat.Domain };
        Model kept = OnnxReader.Read(model.ToByteArray(), options);
        Proto.FunctionProto written = Proto.ModelProto.Parser.ParseFrom(OnnxWriter.ToBytes(kept)).Functions[0];
        Assert.Equal(("of the function", "of a node", "v", "of an attribute"),
            (written.DocString, written.Node[0].DocString, written.Node[0].MetadataProps[0].Value, written.Node[1].Attribute[0].DocString));
        Assert.Equal("of a value", kept.Functions[0].Body.Nodes[0].Outputs[0]!.Metadata!.Value!.DocString);
        string text = GraphPrinter.Print(kept);
        Assert.Equal(text, GraphPrinter.Print(GraphParser.ParseModel(text)));
        Assert.Equal(text, GraphPrinter.Print(OnnxReader.Read(OnnxWriter.ToBytes(kept), options)));
    }

    [Fact]
    public void A_tensor_of_a_Constant_keeps_its_metadata()
    {
        var constant = new Proto.NodeProto
        {
            OpType = "Constant",
            Output = { "c" },
            Attribute = { new Proto.AttributeProto { Name = "value", Type = Proto.AttributeProto.Types.AttributeType.Tensor,
                T = new() { DataType = 7, Int64Data = { 3 }, DocString = "of its tensor" } } },
        };
        var graph = new Proto.GraphProto { Node = { constant }, Output = { new Proto.ValueInfoProto { Name = "c" } } };
        Model model =
            OnnxReader.Read(
                new Proto.ModelProto { OpsetImport = { new Proto.OperatorSetIdProto { Version = 17 } }, Graph = graph }.ToByteArray());
        Assert.Equal("of its tensor", model.Graph.Constants[0].Metadata!.Tensor!.DocString);
        Assert.Equal("of its tensor", Proto.ModelProto.Parser.ParseFrom(OnnxWriter.ToBytes(model)).Graph.Initializer[0].DocString);
    }

    [Fact]
    public void Device_configurations_are_left_out_with_a_warning()
    {
        byte[] model = new Proto.ModelProto
        {
            Graph = new() { Input = { new Proto.ValueInfoProto { Name = "x" } }, Output = { new Proto.ValueInfoProto { Name = "x" } } },
            Configuration = { ByteString.CopyFromUtf8("\n\u0001c\u0010\u0002"), ByteString.Empty },
        }.ToByteArray();
        Assert.Equal("GP1013", Assert.Single(OnnxReader.Read(model).Warnings).Code.Id);
    }

    [Fact]
    public void Constraints_of_a_single_node_are_kept()
    {
        var node = new Proto.NodeProto
        {
            OpType = "Neg",
            Input = { "x" },
            Output = { "y" },
            DeviceConfigurations = { ByteString.CopyFromUtf8("\n\u0001c") }
        };
        byte[] model = new Proto.ModelProto
        {
            OpsetImport = { new Proto.OperatorSetIdProto { Version = 17 } },
            Graph = new()
            {
                Node = { node },
                Input = { new Proto.ValueInfoProto { Name = "x" } },
                Output = { new Proto.ValueInfoProto { Name = "y" } }
            },
        }.ToByteArray();
        Assert.Equal("GP1013", Assert.Single(OnnxReader.Read(model).Warnings).Code.Id);
    }

    [Fact]
    public void Training_stays_with_the_opset_that_it_is_written_in()
    {
        Model model = GraphParser.ParseModel(Text.Replace("opset 25", "opset 15")
            .Replace("= #2c26b46b68ffc68f", $"= x\"{new string('0', 160)}\""));
        Model read = OnnxReader.Read(OnnxWriter.ToBytes(model), new() { Normalizer = OpsetNormalizer.Instance });
        Assert.Single(read.Training);
        Assert.Single(OnnxReader.Read(OnnxWriter.ToBytes(OpsetExport.Lowest(read))).Training);
        Assert.Empty(OnnxReader.Read(OnnxWriter.ToBytes(OpsetExport.At(read, 17))).Training);
    }

    [Fact]
    public void Passes_keep_the_metadata_of_values_that_they_rebuild_and_compiled_models_are_not_trained()
    {
        Model model = OnnxReader.Read(OnnxWriter.ToBytes(GraphParser.ParseModel("""
            model {
              opset 17
              training x"0a00"
            }
            graph g(x: f32[2,3]) -> (y) {
              t: f32[3,2] (doc "goes") = Transpose(x) {perm = [1, 0]}
              y: f32[2,3] (doc "stays") = Transpose(t) {perm = [1, 0]}
            }
            """)), new() { Rules = OperatorTable.Default, Normalizer = OpsetNormalizer.Instance });
        Model compiled = new ModelCompiler(OperatorTable.Default, new CompileOptions()).Plan(model).Model;
        Assert.Empty(compiled.Training);
        Assert.Equal("stays", Assert.Single(compiled.Graph.Outputs).Metadata!.Value!.DocString);
        Assert.DoesNotContain("goes", GraphPrinter.Print(compiled), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("graph g(x (doc 3)) -> () {\n}")]
    [InlineData("graph g(x (quant \"a\")) -> () {\n}")]
    [InlineData("graph g(x (else)) -> () {\n}")]
    [InlineData("graph g(x (doc \"a\") -> () {\n}")]
    public void Metadata_that_is_wrong(string text) => Assert.Throws<TextFormException>(() => GraphParser.ParseGraph(text));
}
