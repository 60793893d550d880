using System.Text;
using GraphPartition.CompiledModels;
using GraphPartition.Compiler;
using GraphPartition.Compiler.Import;
using GraphPartition.Compiler.Tagging;
using GraphPartition.Foundation;
using GraphPartition.Ir.Graphs;
using GraphPartition.Ir.Tensors;
using GraphPartition.Ir.Types;
using GraphPartition.Onnx.Reading;
using GraphPartition.Operators;
using GraphPartition.Operators.TensorRt;
using GraphPartition.Runtime.Options;
using GraphPartition.Runtime.Ort;
using Microsoft.ML.OnnxRuntime;

namespace GraphPartition.Runtime.Tests.Conformance;

/// <summary>
/// Models with operators of ONNX Runtime Extensions (text and images): compiled, run in random partitions, and compared with plain ONNX
/// Runtime with the same library.
/// </summary>
public sealed class ExtensionsTests
{
    private const string Domain = "ai.onnx.contrib", ImageDomain = "com.microsoft.extensions";

    private static readonly Lazy<CustomOperators> Library = new(() => CustomOperatorLoader.Load(Packages.Extensions));

    [ExtensionsFact]
    public void Text_in_and_sentence_embedding_out()
    {
        using var folder = new TemporaryFolder();
        OperatorTable table = Table();
        Model model = SentenceEncoder.Build(folder, table);
        Node tokenizer = model.Graph.Nodes.Single(n => n.Op.Domain == Domain);
        Assert.All(tokenizer.Outputs, v => Assert.Equal(ElementType.Int64, v!.ElementType));
        float[][] embeddings = [.. new[] { "The cat sits outside.", "A cat is sitting outdoors.", "Shares fell at the stock exchange." }
            .Select(text => Check(model, folder, Feed("text", text), 2, table)[0])];
        Assert.Equal(384, embeddings[0].Length);
        Assert.True(Likeness(embeddings[0], embeddings[1]) > Likeness(embeddings[0], embeddings[2]) + 0.3);
    }

    [ExtensionsFact]
    public void Text_operators_beside_arithmetic()
    {
        using var folder = new TemporaryFolder();
        OperatorTable table = Table();
        var builder = new GraphBuilder(table) { Name = "lengths" };
        Value text = builder.Input("text", IrType.Tensor(ElementType.String, Shape.Of(3)));
        Value upper = builder.Op(new(Domain, "StringUpper"), "upper", [text]);
        Value both = builder.Op(new(Domain, "StringConcat"), "both", [text, upper]);
        Value length = builder.Op(new(Domain, "StringLength"), "length", [both]);
        Value real = builder.Add("Cast", [length], ["real"], AttributeMap.Of(("to", (long)ElementType.Float32)), "real").Outputs[0]!;
        Value root = builder.Op("Sqrt", "root", [builder.Op("Mul", "scaled", [real, builder.Constant("c", TensorData.Floats([0.5f], 1))])]);
        Model model = ModelOf(builder.Build(both, builder.Op("Neg", "y", [root])));
        Assert.Equal(ElementType.Int64, length.ElementType);
        float[] y = Check(model, folder, Feed("text", "ab", "", "three words here"), 8, table)[1];
        Assert.Equal([-MathF.Sqrt(2), 0, -4], y);
    }

    [ExtensionsFact]
    public void Image_operators_in_front_of_a_convolution()
    {
        using var folder = new TemporaryFolder();
        OperatorTable table = Table();
        var builder = new GraphBuilder(table) { Name = "image" };
        Value pixels = builder.Input("pixels", IrType.Tensor(ElementType.UInt8, Shape.Of(8, 8, 3)));
        Value png = builder.Op(new(ImageDomain, "EncodeImage"), "png", [pixels], AttributeMap.Of(("format", "png")));
        Value decoded = builder.Op(new(ImageDomain, "DecodeImage"), "decoded", [png]);
        Value real = builder.Add("Cast", [decoded], ["real"], AttributeMap.Of(("to", (long)ElementType.Float32)), "real").Outputs[0]!;
        AttributeMap perm = AttributeMap.Of(("perm", new IntsAttribute([2, 0, 1])));
        Value planes = builder.Add("Transpose", [real], ["planes"], perm, "planes").Outputs[0]!;
        Value batch = builder.Op("Unsqueeze", "batch", [planes, builder.Constant("axes", TensorData.Int64s(0))]);
        Value weight = builder.Constant("w", TensorData.Floats([.. Enumerable.Range(0, 4 * 3 * 9).Select(i => MathF.Sin(i))], 4, 3, 3, 3));
        Model model = ModelOf(builder.Build(builder.Op("Relu", "y", [builder.Op("Conv", "conv", [batch, weight])])));
        var pixelsFed = new TensorValue(TensorData.Of<byte>(
            ElementType.UInt8, [.. Enumerable.Range(0, 8 * 8 * 3).Select(i => (byte)(i * 37))], 8, 8, 3));
        float[] y = Check(model, folder, new Dictionary<string, DataValue> { ["pixels"] = pixelsFed }, 8, table)[0];
        Assert.Equal(4 * 6 * 6, y.Length);
        Assert.Contains(y, v => v > 0);
    }

    /// <summary>Compares partitions with plain ONNX Runtime, and returns the numbers of each output.</summary>
    private static float[][] Check(
        Model model, TemporaryFolder folder, IReadOnlyDictionary<string, DataValue> inputs, int seeds, OperatorTable table)
    {
        string path = folder.File("whole.onnx");
        ModelFile.Write(model, path);
        DataValue[] expected = Plain(path, inputs);
        int most = 0;
        for (int seed = 0; seed < seeds; seed++)
        {
            CompiledModel compiled = new ModelCompiler(table, new()
            {
                SupportPolicy = SupportPolicy.Parse($"random:{seed}:0.5", table, TensorRtTarget.Default),
                Evaluator = new OrtConstantEvaluator(Library.Value),
                Libraries = Library.Value.Libraries,
            }).Plan(model).ToCompiledModel();
            using ModelSession session = ModelSession.Create(compiled, new() { KeepGroups = true, CustomOperators = Library.Value });
            most = Math.Max(most, session.Plan.Steps.Length);
            Assert.Null(TestRun.Difference(expected, TestRun.Run(session, inputs)));
        }
        Assert.True(most > 2, $"{most} steps");
        return [.. expected.Select(
            v => v is TensorValue { Data: { Element: ElementType.Float32 } data } ? data.As<float>().ToArray() : [])];
    }

    private static DataValue[] Plain(string path, IReadOnlyDictionary<string, DataValue> inputs)
    {
        using SessionOptions options = OrtSessionFactory.ForReference(new() { CustomOperators = Library.Value });
        using var session = new InferenceSession(path, options);
        return TestRun.Fed(inputs, feeds =>
        {
            using var run = new RunOptions();
            using var results = session.Run(run, [.. feeds.Keys], [.. feeds.Values], session.OutputNames);
            return [.. results.Select(OrtValues.ToData)];
        });
    }

    private static double Likeness(float[] a, float[] b) =>
        a.Zip(b, (x, y) => (double)x * y).Sum() / Math.Sqrt(a.Sum(x => (double)x * x) * b.Sum(y => (double)y * y));

    private static Dictionary<string, DataValue> Feed(string name, params string[] texts) => new()
    {
        [name] = new TensorValue(new StringTensor([texts.Length], [.. texts.Select(t => (ReadOnlyMemory<byte>)Encoding.UTF8.GetBytes(t))])),
    };

    private static OperatorTable Table() => OperatorTable.Default.WithOthers(new OrtNodeTypes(Library.Value));

    private static Model ModelOf(Graph graph) =>
        new(graph) { Opsets = OpsetVersions.Standard(18).SetItem(Domain, 1).SetItem(ImageDomain, 1), FormatVersion = 8, SourceOpset = 18 };
}
