using Google.Protobuf;
using GraphPartition.Compiler;
using GraphPartition.Compiler.Import.Opsets;
using GraphPartition.Compiler.Tagging;
using GraphPartition.Ir.Graphs;
using GraphPartition.Onnx.Reading;
using GraphPartition.Operators;
using GraphPartition.Operators.TensorRt;
using GraphPartition.Runtime;
using GraphPartition.Runtime.MadeUp;
using GraphPartition.Runtime.Ort;

namespace GraphPartition.Onnx.Tests.Unit;

/// <summary>Names of nodes are for people: blank ones and equal ones change neither plan nor results.</summary>
public class NodeNameTests
{
    [SharedFact]
    public void Plans_of_exported_models_do_not_depend_on_them()
    {
        string[] models = [.. OutsideFolders.Models(Path.Combine(OutsideFolders.SharedModels, "exported"))
            .Where(m => new FileInfo(m).Length < 8_000_000)];
        Assert.NotEmpty(models);
        Assert.All(models, path => AssertSamePlans(File.ReadAllBytes(path), Path.GetDirectoryName(path)!));
    }

    [Fact]
    public void Results_of_the_mixed_model_do_not_depend_on_them()
    {
        byte[] bytes = File.ReadAllBytes(Checkout.PathOf("testmodels", "mixed.onnx"));
        AssertSamePlans(bytes, null);
        string expected = Results(bytes);
        Assert.Equal(expected, Results(Renamed(bytes, "")));
        Assert.Equal(expected, Results(Renamed(bytes, "same")));
    }

    private static void AssertSamePlans(byte[] bytes, string? directory)
    {
        foreach (string support in (string[])["table", "random:1:0.5"])
        {
            int[] expected = Segments(bytes, directory, support);
            Assert.Equal(expected, Segments(Renamed(bytes, ""), directory, support));
            Assert.Equal(expected, Segments(Renamed(bytes, "same"), directory, support));
        }
    }

    private static int[] Segments(byte[] bytes, string? directory, string support) =>
        Plan(bytes, directory, support).Plan.Partitioning.SegmentOf.ToArray();

    private static string Results(byte[] bytes)
    {
        Compilation compilation = Plan(bytes, null, "random:1:0.5");
        using ModelSession session = ModelSession.Create(compilation.ToCompiledModel(), new() { KeepGroups = true, Threads = 1 });
        var feeds = new InputGenerator(new Dictionary<string, long>()).For(compilation.Model.Graph)
            .ToDictionary(i => i.Key, i => OrtValues.ToOrt(i.Value));
        try
        {
            using RunResult result = session.Run(feeds);
            return string.Join(" ", result.Values.Select(v => Convert.ToHexString(OrtValues.ToTensor(v).Digest)));
        }
        finally
        {
            foreach (var feed in feeds.Values) feed.Dispose();
        }
    }

    private static Compilation Plan(byte[] bytes, string? directory, string support)
    {
        Model model =
            OnnxReader.Read(bytes, new() { Rules = OperatorTable.Default, Normalizer = OpsetNormalizer.Instance, Directory = directory });
        var options = new CompileOptions
        {
            SupportPolicy = SupportPolicy.Parse(support, OperatorTable.Default, TensorRtTarget.Default),
            Evaluator = new OrtConstantEvaluator(),
        };
        return new ModelCompiler(OperatorTable.Default, options).Plan(model);
    }

    /// <summary>The file with one name for all nodes, those of bodies and functions too.</summary>
    private static byte[] Renamed(byte[] bytes, string name)
    {
        Proto.ModelProto model = Proto.ModelProto.Parser.ParseFrom(bytes);
        Rename(model.Graph.Node);
        foreach (Proto.FunctionProto function in model.Functions) Rename(function.Node);
        return model.ToByteArray();

        void Rename(IEnumerable<Proto.NodeProto> nodes)
        {
            foreach (Proto.NodeProto node in nodes)
            {
                node.Name = name;
                foreach (Proto.AttributeProto attribute in node.Attribute)
                {
                    if (attribute.G is { } body) Rename(body.Node);
                    foreach (Proto.GraphProto one in attribute.Graphs) Rename(one.Node);
                }
            }
        }
    }
}
