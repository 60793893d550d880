using FsCheck;
using FsCheck.Fluent;
using GraphPartition.CompiledModels;
using GraphPartition.Ir.Graphs;
using GraphPartition.Ir.Text;
using GraphPartition.Onnx.Reading;
using GraphPartition.Onnx.Tests.Support;
using GraphPartition.Onnx.Writing;

namespace GraphPartition.Onnx.Tests.Property;

/// <summary>What holds of the text form and of the ONNX form of any model.</summary>
public class TextFormProperties
{
    private static readonly Config Config = Config.QuickThrowOnFailure.WithMaxTest(2000).WithEndSize(300);

    [Fact]
    public void Print_then_parse_is_the_identity() => Prop.ForAll<byte[]>(bytes =>
    {
        string text = GraphPrinter.Print(ArbitraryModel.From(bytes), PrintOptions.Full);
        Assert.Equal(text, GraphPrinter.Print(GraphParser.ParseModel(text), PrintOptions.Full));
    }).Check(Config);

    [Fact]
    public void Digests_survive_print_then_parse() => Prop.ForAll<byte[]>(bytes =>
    {
        var digests = new PrintOptions(0);
        string text = GraphPrinter.Print(ArbitraryModel.From(bytes), digests);
        Assert.Equal(text, GraphPrinter.Print(GraphParser.ParseModel(text), digests));
    }).Check(Config);

    [Fact]
    public void Export_then_import_is_the_identity() => Prop.ForAll<byte[]>(bytes =>
    {
        Model model = ArbitraryModel.From(bytes);
        Model read = OnnxReader.Read(OnnxWriter.ToBytes(model), new() { KeepFunctionsOf = CompiledModelFormat.Domain });
        Assert.Equal(GraphPrinter.Print(model, PrintOptions.Full), GraphPrinter.Print(read, PrintOptions.Full));
    }).Check(Config);

    [Fact]
    public void Models_verify() => Prop.ForAll<byte[]>(bytes => Assert.Null(GraphVerifier.FindFault(ArbitraryModel.From(bytes).Graph)))
        .Check(Config);
}
