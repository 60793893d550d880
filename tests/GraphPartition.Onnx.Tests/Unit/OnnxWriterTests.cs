using GraphPartition.Foundation;
using GraphPartition.Ir.Graphs;
using GraphPartition.Ir.Tensors;
using GraphPartition.Ir.Text;
using GraphPartition.Ir.Types;
using GraphPartition.Onnx.Reading;
using GraphPartition.Onnx.Writing;

namespace GraphPartition.Onnx.Tests.Unit;

/// <summary>What is written, where, and what is left when it fails.</summary>
public sealed class OnnxWriterTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Weights_beside_the_model_are_read_back()
    {
        float[] weights = [.. Enumerable.Range(0, 1000).Select(i => (float)i)];
        var builder = new GraphBuilder(DeclaredTypes.Instance) { Name = "g" };
        Value x = builder.Input("x", new TensorType(ElementType.Float32, Shape.Of(1000)));
        Value w = builder.Constant("w", TensorData.Floats(weights)), small = builder.Constant("s", TensorData.Floats([1, 2]));
        Model model = Standard(builder.Build(builder.Op("Add", "y", [x, w]), small));
        string path = _folder.File("m.onnx");
        OnnxWriter.Write(model, path, new() { Weights = WeightPlace.Beside });

        Assert.Equal(4000, new FileInfo(path + ".data").Length);
        Model read = OnnxReader.Read(path);
        Assert.IsType<FileTensor>(read.Graph.Constants[0].Data);
        Assert.Equal(GraphPrinter.Print(model.Graph, PrintOptions.Full), GraphPrinter.Print(read.Graph, PrintOptions.Full));
        Assert.Equal(2, Directory.GetFiles(_folder.Path).Length);
    }

    [Fact]
    public void A_file_that_cannot_be_written_leaves_nothing()
    {
        string path = _folder.File("m.onnx");
        File.WriteAllText(path, "old");
        var thrown = Assert.Throws<EnvironmentException>(() => AtomicFile.Write(path, stream =>
        {
            stream.WriteByte(1);
            throw new IOException("the disk is full");
        }));
        Assert.Equal("GP5005", thrown.Diagnostic.Code.Id);
        Assert.Equal("old", File.ReadAllText(path));
        Assert.Equal([path], Directory.GetFiles(_folder.Path));
        Assert.Throws<EnvironmentException>(() => AtomicFile.Write(_folder.File("none/m.onnx"), _ => { }));
        Assert.Throws<EnvironmentException>(() => AtomicFile.Write(_folder.Path, _ => { }));
    }

    [Fact]
    public void A_model_can_replace_the_file_it_was_read_from()
    {
        string path = _folder.File("m.onnx");
        OnnxWriter.Write(Standard(GraphParser.ParseGraph("graph g(x) -> (y) {\n const w: f32[2] = {1.0, 2.0}\n y = Add(x, w)\n}")), path);
        Model read = OnnxReader.Read(path);
        string text = GraphPrinter.Print(read);
        OnnxWriter.Write(read, path);
        Assert.Equal(text, GraphPrinter.Print(read));
        Assert.Equal(text, GraphPrinter.Print(OnnxReader.Read(path)));
    }

    [Fact]
    public void Values_without_a_name_or_with_a_taken_one_get_one()
    {
        var builder = new GraphBuilder(DeclaredTypes.Instance) { Name = "g" };
        Value x = builder.Input("x", IrType.Unknown);
        Value a = builder.Op("Neg", "", [x]), b = builder.Op("Abs", "x", [a]), c = builder.Op("Exp", "v0", [b]);
        Assert.Equal("""
            graph g(x) -> (v0) {
              v1 = Neg(x)
              x_2 = Abs(v1)
              v0 = Exp(x_2) "v0"
            }

            """, GraphPrinter.Print(OnnxReader.Read(OnnxWriter.ToBytes(Standard(builder.Build(c)))).Graph).Replace(" \"x\"", ""));
    }

    [Fact]
    public void Nodes_of_one_name_are_numbered_and_nodes_without_stay_so()
    {
        Graph graph =
            GraphParser.ParseGraph("graph g(x) -> (d) {\n a = Neg(x) \"n\"\n b = Abs(a) \"n\"\n c = Exp(b) \"n_1\"\n d = Log(c)\n}");
        Assert.Equal(["n", "n_1", "n_1_1", ""], OnnxReader.Read(OnnxWriter.ToBytes(Standard(graph))).Graph.Nodes.Select(n => n.Name));
    }

    [Fact]
    public void A_result_twice_and_a_captured_result_become_identities()
    {
        Graph graph = GraphParser.ParseGraph("""
            graph g(x, c) -> (y, y, z) {
              y = Neg(x)
              z = If(c) {else_branch = graph e() -> (x) {
              }, then_branch = graph t() -> (a) {
                a = Abs(x)
              }}
            }
            """);
        Graph read = OnnxReader.Read(OnnxWriter.ToBytes(Standard(graph))).Graph;
        Assert.Equal(["y", "y_0", "z"], read.Outputs.Select(o => o.Name));
        Assert.Equal("Identity", read.Nodes[1].Attributes.Body("else_branch")!.Nodes[0].Op.Type);
        Assert.Equal("Identity", read.Nodes[2].Op.Type);
    }

    [Fact]
    public void A_node_that_keeps_another_version_is_refused()
    {
        Graph graph = GraphParser.ParseGraph("graph g(x) -> (y) {\n y = Upsample@9(x, x)\n}");
        var thrown = Assert.Throws<ModelException>(() => OnnxWriter.ToBytes(Standard(graph)));
        Assert.Equal("GP1012", thrown.Diagnostics[0].Code.Id);
    }

    [Fact]
    public void Inputs_with_defaults_stay_inputs()
    {
        const string Text = "graph g(x: f32[2] = f32[2] {1.0, 2.0}) -> (x) {\n}\n";
        Assert.Equal(Text, GraphPrinter.Print(OnnxReader.Read(OnnxWriter.ToBytes(new Model(GraphParser.ParseGraph(Text)))).Graph));
    }

    private static Model Standard(Graph graph)
    {
        var model = new Model(graph);
        return model with { Opsets = model.Opsets.Add("", 17) };
    }
}
