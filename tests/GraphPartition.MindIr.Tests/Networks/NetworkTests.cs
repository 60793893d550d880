using GraphPartition.CompiledModels;
using GraphPartition.Compiler;
using GraphPartition.Compiler.Import;
using GraphPartition.Compiler.Import.Opsets;
using GraphPartition.Compiler.Tagging;
using GraphPartition.Ir.Graphs;
using GraphPartition.Ir.Tensors;
using GraphPartition.MindIr.Tests.Support;
using GraphPartition.Operators;
using GraphPartition.Operators.TensorRt;
using GraphPartition.TestModels.MindSpore;

namespace GraphPartition.MindIr.Tests.Networks;

public class NetworkTests
{
    public static TheoryData<string, MindIrStyle> Cases => Pairs.Of(TestNetwork.All.Select(n => n.Name), Enum.GetValues<MindIrStyle>());

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_network_equals_its_ONNX_form(string name, MindIrStyle style)
    {
        TestNetwork network = TestNetwork.All.First(n => n.Name == name);
        Model model = MindIrReader.Read(network.ToMindIr(style));
        TensorData[] expected = Runner.Run(network.ToOnnx(), network.Inputs), results = Runner.Run(model, network.Inputs);
        Assert.Equal(expected.Length, results.Length);
        for (int i = 0; i < expected.Length; i++) Runner.AssertClose(expected[i], results[i]);
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_partitioned_network_gives_the_same(string name, MindIrStyle style)
    {
        TestNetwork network = TestNetwork.All.First(n => n.Name == name);
        using TemporaryFolder folder = new();
        string path = folder.File("net.mindir");
        File.WriteAllBytes(path, network.ToMindIr(style));
        Model model = ModelFile.Read(path, OperatorTable.Default);
        TensorData[] expected = Runner.Run(network.ToOnnx(), network.Inputs);
        for (int seed = 1; seed <= 10; seed++)
        {
            SupportPolicy support = SupportPolicy.Parse($"random:{seed}:0.5", OperatorTable.Default, TensorRtTarget.Default);
            var compiler = new ModelCompiler(OperatorTable.Default, new CompileOptions { SupportPolicy = support });
            CompiledModel compiled = compiler.Plan(model).ToCompiledModel();
            TensorData[] results = Runner.Run(OpsetExport.Lowest(CompiledModelFormat.ToModel(compiled)), network.Inputs);
            for (int i = 0; i < expected.Length; i++) Runner.AssertClose(expected[i], results[i]);
        }
    }

    [Fact]
    public void Equal_files_give_equal_models()
    {
        byte[] file = LanguageNetworks.Bert.ToMindIr(MindIrStyle.C);
        Assert.Equal(GraphPartition.Onnx.Writing.OnnxWriter.ToBytes(MindIrReader.Read(file)),
            GraphPartition.Onnx.Writing.OnnxWriter.ToBytes(MindIrReader.Read(file)));
    }

    [Fact]
    public void The_comparison_detects_differences()
    {
        TensorData one = TensorData.Floats([1, 2], 2);
        Assert.ThrowsAny<Exception>(() => Runner.AssertClose(one, TensorData.Floats([1, 2.001f], 2)));
        Assert.ThrowsAny<Exception>(() => Runner.AssertClose(one, TensorData.Floats([1, float.NaN], 2)));
        Assert.ThrowsAny<Exception>(() => Runner.AssertClose(one, TensorData.Floats([1, 2], 1, 2)));
    }
}
