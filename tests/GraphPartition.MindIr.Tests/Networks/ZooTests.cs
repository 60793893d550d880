using GraphPartition.CompiledModels;
using GraphPartition.Compiler;
using GraphPartition.Compiler.Import;
using GraphPartition.Compiler.Import.Opsets;
using GraphPartition.Compiler.Tagging;
using GraphPartition.Foundation;
using GraphPartition.Ir.Graphs;
using GraphPartition.Ir.Tensors;
using GraphPartition.Ir.Types;
using GraphPartition.MindIr.Tests.Support;
using GraphPartition.Operators;
using GraphPartition.Operators.TensorRt;
using GraphPartition.TestModels;
using GraphPartition.TestModels.Layers;
using GraphPartition.TestModels.MindSpore;

namespace GraphPartition.MindIr.Tests.Networks;

/// <summary>
/// The classic networks in full depth, written as MindSpore exports them: the results are those of the network that was built
/// as ONNX. MINDIR_ZOO=all adds the ones with very many weights, and ten random partitions of each.
/// </summary>
public class ZooTests
{
    private static readonly bool All = Environment.GetEnvironmentVariable("MINDIR_ZOO") == "all";

    // The size of images or texts: small, since what is tested is the structure.
    private static readonly (string Name, int Size)[] Small =
        [("lenet", 32), ("mobilenet_v2", 32), ("mobilenet_v3", 32), ("resnet50", 32), ("bert_small", 8), ("wide_deep", 0)];

    private static readonly (string Name, int Size)[] Large =
        [("alexnet", 224), ("vgg16", 224), ("inception_v3", 139), ("inception_v3_aux", 299), ("bert_base", 8)];

    public static TheoryData<string, int> Networks
    {
        get
        {
            var data = new TheoryData<string, int>();
            foreach ((string name, int size) in All ? [.. Small, .. Large] : Small) data.Add(name, size);
            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Networks))]
    public void A_network_in_every_style_equals_its_ONNX_form(string name, int size)
    {
        Model onnx = Build(name, size, 1);
        TensorData[] inputs = Inputs(onnx, 1), expected = Runner.Run(OpsetExport.Lowest(onnx), inputs);
        foreach (MindIrStyle style in Enum.GetValues<MindIrStyle>())
        {
            Model model = Read(onnx, style);
            Assert.Equal(onnx.Graph.Inputs.Select(v => (v.Name, v.Type)), model.Graph.Inputs.Select(v => (v.Name, v.Type)));
            AssertClose(expected, Runner.Run(OpsetExport.Lowest(model), inputs));
            for (int seed = 1; seed <= (All ? 10 : 1); seed++)
            {
                SupportPolicy support = SupportPolicy.Parse($"random:{seed}:0.5", OperatorTable.Default, TensorRtTarget.Default);
                Compilation plan = new ModelCompiler(OperatorTable.Default, new CompileOptions { SupportPolicy = support }).Plan(model);
                AssertClose(expected, Runner.Run(OpsetExport.Lowest(CompiledModelFormat.ToModel(plan.ToCompiledModel())), inputs));
            }
        }
    }

    /// <summary>The dimensions of the batch are -1 in the file, and shapes that depend on it are computed.</summary>
    [Theory]
    [InlineData("mobilenet_v3", 32)]
    [InlineData("bert_small", 8)]
    [InlineData("wide_deep", 0)]
    public void A_network_with_an_open_batch_takes_any(string name, int size)
    {
        Model onnx = Build(name, size, Dim.Named("batch")), plain = OpsetExport.Lowest(onnx);
        foreach (MindIrStyle style in new[] { MindIrStyle.B, MindIrStyle.C })
        {
            Model model = OpsetExport.Lowest(Read(onnx, style));
            Assert.All(model.Graph.Inputs, v => Assert.False(v.Shape![0].IsKnown));
            foreach (int batch in new[] { 1, 3 })
            {
                TensorData[] inputs = Inputs(onnx, batch);
                AssertClose(Runner.Run(plain, inputs), Runner.Run(model, inputs));
            }
        }
    }

    private static Model Build(string name, int size, Dim batch)
    {
        ZooEntry entry = ModelZoo.Find(name)!;
        return entry.Build(new NetworkOptions
        {
            Batch = batch,
            Image = entry.Image is null ? null : size,
            Sequence = entry.Sequence is null ? null : size,
            Rules = OperatorTable.Default,
        });
    }

    /// <summary>Through the door that users take: the importer with the operator table, which normalizes.</summary>
    private static Model Read(Model onnx, MindIrStyle style)
    {
        using TemporaryFolder folder = new();
        string path = folder.File("net.mindir");
        File.WriteAllBytes(path, MindSporeExport.ToBytes(onnx, style));
        return ModelFile.Read(path, OperatorTable.Default);
    }

    private static TensorData[] Inputs(Model model, long batch) => [.. model.Graph.Inputs.Select((v, i) =>
    {
        long[] dims = [.. v.Shape!.Select(d => d.IsKnown ? d.Size : batch)];
        if (v.ElementType == ElementType.Float32) return Runner.Random(i, dims);
        // All indices are small, so that every table has them.
        TensorData small = Runner.RandomIndices(i, 2, dims);
        return TensorData.Of<long>(ElementType.Int64, [.. small.As<int>().ToArray().Select(n => (long)n)], dims);
    })];

    private static void AssertClose(TensorData[] expected, TensorData[] actual)
    {
        Assert.Equal(expected.Length, actual.Length);
        for (int i = 0; i < expected.Length; i++) Runner.AssertClose(expected[i], actual[i], 1e-3);
    }
}
