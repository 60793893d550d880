using Google.Protobuf;
using GraphPartition.Compiler;
using GraphPartition.Compiler.Operators;
using GraphPartition.Compiler.Opsets;
using GraphPartition.Ir;
using GraphPartition.Onnx;
using Proto = GraphPartition.Onnx.Proto;

namespace GraphPartition.Tests.Unit;

/// <summary>What a file says of values, tensors and training, which means nothing to a compiler: it comes out as it went in.</summary>
public class NotesTests
{
    private const string Text = """
        model {
          opset 25
          training x"ff04"
        }
        graph g(x: f32[N,4] (doc "pixels", meta "unit" = "cd", denotes "IMAGE" "DATA_BATCH" "DATA_FEATURE"), d: f32[1] (doc "a default", tensor doc "its tensor") = f32[1] {1.0}) -> (y) {
          const w: f32[4,4] (doc "a weight", tensor doc "its tensor", tensor meta "a" = "b", denotes "" "FILTER_IN_CHANNEL" "FILTER_OUT_CHANNEL", quant "SCALE_TENSOR" = "s", quant "ZERO_POINT_TENSOR" = "z") = #2c26b46b68ffc68f
          const s: f32[] = {0.5}
          const z: i8[] = {0}
          h: f32[N,4] (doc "hidden", quant "SCALE_TENSOR" = "s") = MatMul(x, w)
          q: seq(f32[N]) (denotes "" "" "DATA_BATCH") = Op(h)
          b = If(h) {then_branch = graph t() -> (a) {
            const c: f32[1] (tensor doc "in a body") = {2.0}
            a: f32[N,4] (doc "inside") = Abs(h)
          }}
          y: f32[N,4] (meta "result" = "") = Relu(h) "last"
        }

        """;

    [Fact]
    public void Text_is_read_and_printed() => Assert.Equal(Text, GraphPrinter.Print(GraphParser.ParseModel(Text)));

    [Fact]
    public void Files_keep_them()
    {
        string text = Text.Replace("= #2c26b46b68ffc68f", $"= x\"{new string('0', 128)}\"", StringComparison.Ordinal);
        Model model = GraphParser.ParseModel(text);
        Model read = OnnxReader.Read(OnnxWriter.ToBytes(model));
        Assert.Equal(GraphPrinter.Print(model, PrintOptions.Full), GraphPrinter.Print(read, PrintOptions.Full));
        Model normalised = OnnxReader.Read(OnnxWriter.ToBytes(read, new() { ValueTypes = false }), new() { Normalizer = OpsetNormalizer.Instance });
        Assert.Equal("hidden", normalised.Graph.Nodes[0].Outputs[0]!.Notes!.Value!.Doc);
    }

    [Fact]
    public void What_is_said_in_several_places_is_put_together()
    {
        var graph = new Proto.GraphProto
        {
            Input = { new Proto.ValueInfoProto { Name = "x" } },
            Output = { new Proto.ValueInfoProto { Name = "y", DocString = "as an output" } },
            ValueInfo = { new Proto.ValueInfoProto { Name = "y", DocString = "again", Type = new() { Denotation = "AUDIO", TensorType = new() { ElemType = 1 } } } },
            Node =
            {
                new Proto.NodeProto { OpType = "Constant", Output = { "c" }, DocString = "of a node", Attribute = { new Proto.AttributeProto { Name = "value_int", Type = Proto.AttributeProto.Types.AttributeType.Int } } },
                new Proto.NodeProto { OpType = "Add", Input = { "x", "c" }, Output = { "y" } },
            },
            QuantizationAnnotation = { new Proto.TensorAnnotation { TensorName = "x", QuantParameterTensorNames = { new Proto.StringStringEntryProto { Key = "SCALE_TENSOR", Value = "c" } } } },
        };
        Model model = OnnxReader.Read(new Proto.ModelProto { OpsetImport = { new Proto.OperatorSetIdProto { Version = 17 } }, Graph = graph }.ToByteArray());
        Assert.Equal("""
            graph ""(x (quant "SCALE_TENSOR" = "c")) -> (y) {
              const c: i64[] (tensor doc "of a node") = {0}
              y: f32[*] (doc "as an output", denotes "AUDIO") = Add(x, c)
            }

            """, GraphPrinter.Print(model.Graph));
    }

    [Fact]
    public void An_annotation_goes_with_its_parameters_and_denotations_with_the_dimensions()
    {
        var builder = new GraphBuilder(DeclaredTypes.Instance) { Name = "g" };
        Value x = builder.Input("x", IrType.Tensor(ElementType.Float32, Shape.Of(2)), null,
            new() { Denotations = ["IMAGE", "DATA_BATCH", "DATA_CHANNEL"], Quantization = [new("SCALE_TENSOR", "gone")] });
        byte[] bytes = OnnxWriter.ToBytes(new Model(builder.Build(x)) { Opsets = OpsetVersions.Standard(17) });
        Assert.Equal("IMAGE|", string.Join("|", OnnxReader.Read(bytes).Graph.Inputs[0].Notes!.Denotations));
        Assert.Empty(Proto.ModelProto.Parser.ParseFrom(bytes).Graph.QuantizationAnnotation);
    }

    [Fact]
    public void Training_stays_with_the_opset_that_it_is_written_in()
    {
        Model model = GraphParser.ParseModel(Text.Replace("opset 25", "opset 15").Replace("= #2c26b46b68ffc68f", $"= x\"{new string('0', 128)}\""));
        Model read = OnnxReader.Read(OnnxWriter.ToBytes(model), new() { Normalizer = OpsetNormalizer.Instance });
        Assert.Single(read.Training);
        Assert.Single(OnnxReader.Read(OnnxWriter.ToBytes(OpsetExport.Lowest(read))).Training);
        Assert.Empty(OnnxReader.Read(OnnxWriter.ToBytes(OpsetExport.At(read, 17))).Training);
    }

    [Fact]
    public void Passes_keep_the_notes_of_values_that_they_rebuild_and_compiled_models_are_not_trained()
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
        Assert.Equal("stays", Assert.Single(compiled.Graph.Outputs).Notes!.Value!.Doc);
        Assert.DoesNotContain("goes", GraphPrinter.Print(compiled), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("graph g(x (doc 3)) -> () {\n}")]
    [InlineData("graph g(x (quant \"a\")) -> () {\n}")]
    [InlineData("graph g(x (else)) -> () {\n}")]
    [InlineData("graph g(x (doc \"a\") -> () {\n}")]
    public void Notes_that_are_wrong(string text) => Assert.Throws<TextFormException>(() => GraphParser.ParseGraph(text));
}
