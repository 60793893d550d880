using FsCheck;
using FsCheck.Fluent;
using GraphPartition.Compiler.Import.Opsets;
using GraphPartition.Foundation;
using GraphPartition.Ir.Graphs;
using GraphPartition.Onnx.Reading;
using GraphPartition.Onnx.Tests.Support;
using GraphPartition.Onnx.Writing;
using GraphPartition.Operators;

namespace GraphPartition.Onnx.Tests.Property;

/// <summary>
/// Damaged files give a model or diagnostics: never another exception, a hang, or memory out of proportion. The number of
/// mutations is 2,000, or that in the environment variable GP_MUTATIONS (the full run is 20,000); GP_MUTATION_SEED makes them the
/// same every time. What this ever found is in Property/Mutations, which is run first.
/// </summary>
public class MutationProperties
{
    private static readonly byte[][] Models = [.. Seeds()];

    private static readonly string Found = Checkout.PathOf("tests", "GraphPartition.Onnx.Tests", "Property", "Mutations");

    [Fact]
    public void Damaged_models_are_read_or_refused()
    {
        Config config = Mutation.Config(2000);
        Prop.ForAll<byte[]>(bytes => Read(Mutation.Of(Models, new Choices(bytes)))).Check(config);
    }

    [Fact]
    public void Files_that_failed_before()
    {
        foreach (string path in Directory.Exists(Found) ? Directory.EnumerateFiles(Found, "*.onnx") : []) Read(File.ReadAllBytes(path));
    }

    private static void Read(byte[] bytes)
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        try
        {
            Model model = OnnxReader.Read(bytes, new() { Rules = OperatorTable.Default, Normalizer = OpsetNormalizer.Instance });
            Assert.Null(GraphVerifier.FindFault(model.Graph));
            OnnxWriter.ToBytes(model with { Opsets = model.Opsets.SetItem("", 25) });
        }
        catch (ModelException e)
        {
            Assert.All(e.Diagnostics, d => Assert.Matches("^GP[12]", d.Code.Id));
        }
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1L << 30);
    }

    private static IEnumerable<byte[]> Seeds()
    {
        for (int seed = 0; seed < 6; seed++)
        {
            var bytes = new byte[200];
            new Random(seed).NextBytes(bytes);
            yield return OnnxWriter.ToBytes(ArbitraryModel.From(bytes));
        }
        foreach (string body in (string[])
        [
            "h: f32[N,4] = MatMul(x, w)\n y = Softmax(h) {axis = 1} \"s\"",
            "c = ReduceMax(x) {axes = [0]}\n y = If(c) {else_branch = graph e() -> (a) {\n a = Squeeze(x) {axes = [0]}\n}, then_branch = graph t() -> (a) {\n a = Pad(x) {pads = [0, 1]}\n}}",
            "y = Conv(x, w) {kernel_shape = [3, 3], pads = [1, 1, 1, 1]}\n z = Reshape(y, s)\n a, b = Split(z)\n u = Upsample(a) {scales = [1.0, 2.0]}",
            "y = f::F(x) {alpha = 2.0}\n z = f::F(y) {beta = [1, 2]}",
        ])
            yield return OnnxWriter.ToBytes(GraphParser.ParseModel(
                "model {\n opset 9, f = 1\n training x\"ff\"\n}\ngraph g(x: f32[N,4] (doc \"d\", denotes \"IMAGE\" \"N\" \"C\", quant \"SCALE_TENSOR\" = \"w\")) -> (y) {\n const w: f32[4,4] = x\"" + new string('0', 128)
                + "\"\n const s: i64[2] = {-1, 2}\n" + body
                + "\n}\nfunction f::F(p) -> (r) {\n opset 9\n attributes alpha\n r = Elu(p) {alpha = @alpha:float}\n}"));
    }
}
