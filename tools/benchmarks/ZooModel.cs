using GraphPartition.Compiler;
using GraphPartition.Compiler.Operators;
using GraphPartition.Emit;
using GraphPartition.Ir;
using GraphPartition.Runtime;
using GraphPartition.TestModels;
using Microsoft.ML.OnnxRuntime;

namespace GraphPartition.Benchmarks;

/// <summary>A model of the zoo as a file, compiled, with inputs. The file goes with it.</summary>
internal sealed class ZooModel : IDisposable
{
    /// <summary>The networks of MindSpore's article.</summary>
    public static readonly string[] Nine =
        ["lenet", "alexnet", "resnet50", "vgg16", "inception_v3", "mobilenet_v2", "mobilenet_v3", "bert_base", "wide_deep"];

    /// <summary>Networks with operators that TensorRT lacks, and the same network without them.</summary>
    public static readonly (string Mixed, string? Pure)[] Mixed =
        [("resnet50_det", "resnet50"), ("mobilenet_v2_nonzero", "mobilenet_v2"), ("wide_deep_unique", "wide_deep"), ("mobilenet_v2_detector", null), ("equilibrium", null)];

    private ZooModel(ZooEntry entry, string path, CompiledModel compiled, Dictionary<string, OrtValue> feeds)
    {
        Entry = entry;
        Path = path;
        Compiled = compiled;
        Feeds = feeds;
    }

    public ZooEntry Entry { get; }

    /// <summary>The model as an ONNX file, as the zoo writes it.</summary>
    public string Path { get; }

    public CompiledModel Compiled { get; }

    public Dictionary<string, OrtValue> Feeds { get; }

    /// <summary>Builds, writes and compiles.</summary>
    /// <param name="name">As 'gpc zoo list' has it.</param>
    /// <param name="batch">The batch size.</param>
    /// <param name="support">Which nodes engines may take.</param>
    public static ZooModel Make(string name, Dim? batch = null, string support = "table")
    {
        ZooEntry entry = ModelZoo.Find(name) ?? throw Codes.BadInput.Error(name, "the zoo has no such model");
        string path = System.IO.Path.Combine(System.IO.Path.GetTempPath(), $"graphpartition-{Environment.ProcessId}-{name}.onnx");
        ModelFile.Write(entry.Build(new() { Batch = batch ?? 1, Rules = OperatorTable.Default }), path);
        Model model = ModelFile.Read(path, OperatorTable.Default);
        var options = new CompileOptions
        {
            Support = Compiler.Tagging.SupportPolicy.Parse(support, OperatorTable.Default, Compiler.Operators.TensorRtTarget.Default),
            Evaluator = new OrtConstantEvaluator(),
        };
        CompiledModel compiled = ModelCompiler.Emit(new ModelCompiler(OperatorTable.Default, options).Plan(model));
        return new(entry, path, compiled, new InputGenerator(new Dictionary<string, long>()).For(model.Graph)
            .ToDictionary(i => i.Key, i => OrtValues.ToOrt(i.Value)));
    }

    public void Dispose()
    {
        foreach (OrtValue value in Feeds.Values) value.Dispose();
        foreach (string file in new[] { Path, Path + ".data" }) File.Delete(file);
    }
}
