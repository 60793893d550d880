using GraphPartition.CompiledModels;
using GraphPartition.Compiler;
using GraphPartition.Compiler.Import;
using GraphPartition.Gpc.Services;
using GraphPartition.Ir.Graphs;
using GraphPartition.Ir.Types;
using GraphPartition.Onnx.Reading;
using GraphPartition.Operators;
using GraphPartition.Operators.TensorRt;
using GraphPartition.Runtime;
using GraphPartition.Runtime.Diagnostics;
using GraphPartition.Runtime.MadeUp;
using GraphPartition.Runtime.Options;
using GraphPartition.Runtime.Ort;
using GraphPartition.TestModels;
using Microsoft.ML.OnnxRuntime;

namespace GraphPartition.Benchmarks;

/// <summary>A model of the zoo as a file, compiled, with inputs. Disposing deletes the file.</summary>
internal sealed class ZooModel : IDisposable
{
    /// <summary>The networks of MindSpore's article.</summary>
    public static readonly string[] Nine =
        ["lenet", "alexnet", "resnet50", "vgg16", "inception_v3", "mobilenet_v2", "mobilenet_v3", "bert_base", "wide_deep"];

    /// <summary>Networks with operators that TensorRT lacks.</summary>
    public static readonly string[] Mixed = ["resnet50_det", "mobilenet_v2_nonzero", "wide_deep_unique", "mobilenet_v2_detector",
        "equilibrium"];

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
    /// <param name="name">A name that 'gpc zoo list' prints.</param>
    /// <param name="batch">The batch size.</param>
    /// <param name="support">Which nodes engines may take.</param>
    /// <param name="target">The release whose table decides; null: the default.</param>
    public static ZooModel Make(string name, Dim? batch = null, string support = "table", TensorRtTarget? target = null)
    {
        ZooEntry entry = ModelZoo.Find(name) ?? throw RuntimeCodes.BadInput.Error(name, "the zoo has no such model");
        string path = System.IO.Path.Combine(System.IO.Path.GetTempPath(), $"graphpartition-{Environment.ProcessId}-{name}.onnx");
        ModelFile.Write(entry.Build(new() { Batch = batch ?? 1, Rules = OperatorTable.Default }), path);
        (CompiledModel compiled, Dictionary<string, OrtValue> feeds) = Compile(path, support, target);
        return new(entry, path, compiled, feeds);
    }

    /// <summary>Reads and compiles a file, and makes inputs for it.</summary>
    /// <param name="path">An ONNX file.</param>
    /// <param name="support">Which nodes engines may take.</param>
    /// <param name="target">The release whose table decides; null: the default.</param>
    public static (CompiledModel Compiled, Dictionary<string, OrtValue> Feeds) Compile(
        string path, string support, TensorRtTarget? target = null)
    {
        Model model = ModelFile.Read(path, OperatorTable.Default);
        return (Compile(model, support, target), new InputGenerator(new Dictionary<string, long>()).For(model.Graph)
            .ToDictionary(i => i.Key, i => OrtValues.ToOrt(i.Value)));
    }

    /// <summary>Compiles a model, with the standard passes.</summary>
    /// <param name="model">The model.</param>
    /// <param name="support">Which nodes engines may take.</param>
    /// <param name="target">The release whose table decides; null: the default.</param>
    public static CompiledModel Compile(Model model, string support = "table", TensorRtTarget? target = null)
    {
        target ??= TensorRtTarget.Default;
        var options = new CompileOptions
        {
            Target = target,
            SupportPolicy = GraphPartition.Compiler.Tagging.SupportPolicy.Parse(support, OperatorTable.Default, target),
            Evaluator = new OrtConstantEvaluator(),
        };
        return new ModelCompiler(OperatorTable.Default, options).Plan(model).ToCompiledModel();
    }

    /// <summary>What ONNX Runtime computes on the CPU.</summary>
    public DataValue[] OnCpu()
    {
        using PlainSession plain = PlainSession.Load(Path, new());
        using RunResult outputs = plain.Run(Feeds);
        return [.. outputs.Values.Select(OrtValues.ToData)];
    }

    /// <summary>The time of each action in 30 runs. The host waits before and after it.</summary>
    public IReadOnlyList<ActionTime> Profile(ModelSessionOptions options)
    {
        var profile = new RunProfile();
        using ModelSession session = ModelSession.Create(Compiled, options with { Profile = profile });
        for (int i = 0; i < 5; i++) session.Run(Feeds).Dispose();
        profile.Clear();
        for (int i = 0; i < 30; i++) session.Run(Feeds).Dispose();
        return profile.Times;
    }

    /// <summary>Writes the compiled model into the folder of the model. Disposing deletes it.</summary>
    public string WriteCompiled()
    {
        CompiledModelFormat.Write(Compiled, CompiledPath);
        return CompiledPath;
    }

    private string CompiledPath => Path + ".compiled.onnx";

    public void Dispose()
    {
        foreach (OrtValue value in Feeds.Values) value.Dispose();
        foreach (string file in new[] { Path, Path + ".data", CompiledPath, CompiledPath + ".data" }) File.Delete(file);
    }
}
