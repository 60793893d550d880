using GraphPartition.CompiledModels;
using GraphPartition.Compiler;
using GraphPartition.Compiler.Import;
using GraphPartition.Compiler.Tagging;
using GraphPartition.ExecutionProvider.Tests.Support;
using GraphPartition.Ir.Graphs;
using GraphPartition.Onnx.Reading;
using GraphPartition.Onnx.Writing;
using GraphPartition.Operators;
using Microsoft.ML.OnnxRuntime;

namespace GraphPartition.ExecutionProvider.Tests.Unit;

/// <summary>EPContext models that ONNX Runtime writes with the provider, and files that gpc compiled.</summary>
[Collection("host")]
public sealed class ContextTests
{
    private static readonly string Mixed = Checkout.PathOf("testmodels", "mixed.onnx");

    [PluginTheory]
    [InlineData("1", "table")]
    [InlineData("0", "table")]
    [InlineData("1", "random:3:0.5")]
    public void A_model_with_EPContext_nodes_gives_the_same_numbers(string embed, string support)
    {
        using var folder = new TemporaryFolder();
        string written = Write(folder, embed, support);
        Model model = OnnxReader.Read(written);
        Node[] contexts = [.. model.Graph.Nodes.Where(n => n.Op.Type == "EPContext")];
        Assert.NotEmpty(contexts);
        Assert.All(contexts, n => Assert.Equal(Host.Provider, n.Attributes.Text("source")));
        Assert.All(contexts, n => Assert.Equal(embed == "1" ? 1 : 0, n.Attributes.Int("embed_mode", 1)));
        Assert.Equal(embed == "1" ? 0 : contexts.Length, Directory.GetFiles(folder.Path, "*.gp.onnx").Length);
        // Each container is a compiled file, which gpc reads too.
        if (embed == "0")
            Assert.All(Directory.GetFiles(folder.Path, "*.gp.onnx"), f => Assert.Single(CompiledModelFormat.Read(f).AllGroups));

        Dictionary<string, DataValue> inputs = TestRun.Inputs(ModelFile.Read(Mixed, OperatorTable.Default).Graph);
        Host.TakeLines();
        DataValue[] actual = Host.Run(written, inputs);
        Assert.Contains(Host.TakeLines(), l => l.Contains($"{contexts.Length} groups of an earlier compile", StringComparison.Ordinal));
        Assert.Null(TestRun.Difference(Host.RunPlain(Mixed, inputs), actual));
    }

    [PluginFact]
    public void Without_an_engine_that_fits_the_user_decides()
    {
        using var folder = new TemporaryFolder();
        string written = Write(folder, "1", "table");
        using SessionOptions options = Host.Options(("on_mismatch", "error"));
        string message = Assert.Throws<OnnxRuntimeException>(() => new InferenceSession(written, options)).Message;
        Assert.Contains("GP5106", message, StringComparison.Ordinal);
        Assert.Contains("on_mismatch", message, StringComparison.Ordinal);
    }

    [PluginTheory]
    [InlineData("missing")]
    [InlineData("damaged")]
    [InlineData("outside")]
    public void A_container_that_cannot_be_read_is_an_error(string fault)
    {
        using var folder = new TemporaryFolder();
        string written = Write(folder, "0", "table"), container = Directory.GetFiles(folder.Path, "*.gp.onnx").First();
        if (fault == "missing") File.Delete(container);
        else if (fault == "damaged") File.WriteAllBytes(container, [1, 2, 3]);
        else Change(written, n => n.Attributes.With("ep_cache_context", "../outside.gp.onnx"));
        using SessionOptions options = Host.Options();
        string message = Assert.Throws<OnnxRuntimeException>(() => new InferenceSession(written, options)).Message;
        Assert.Contains("remedy:", message, StringComparison.Ordinal);
        Assert.Contains(fault == "damaged" ? "GP1" : "GP5106", message, StringComparison.Ordinal);
    }

    [PluginFact]
    public void A_node_of_another_source_is_left_alone()
    {
        using var folder = new TemporaryFolder();
        string written = Write(folder, "1", "table");
        Change(written, n => n.Attributes.With("source", "TensorrtExecutionProvider"));
        Host.TakeLines();
        using SessionOptions options = Host.Options();
        string message = Assert.Throws<OnnxRuntimeException>(() => new InferenceSession(written, options)).Message;
        Assert.Contains("EPContext", message, StringComparison.Ordinal); // ONNX Runtime has no provider for it
        Assert.DoesNotContain("GP5", message, StringComparison.Ordinal);
        Assert.DoesNotContain(Host.TakeLines(), l => l.Contains("of an earlier compile", StringComparison.Ordinal));
    }

    [PluginTheory]
    [InlineData("table")]
    [InlineData("random:5:0.6")]
    public void A_file_that_gpc_compiled_runs_in_its_groups(string support)
    {
        using var folder = new TemporaryFolder();
        Model model = ModelFile.Read(Mixed, OperatorTable.Default);
        var policy = SupportPolicy.Parse(support, OperatorTable.Default, new CompileOptions().Target);
        var options = new CompileOptions { SupportPolicy = policy };
        Compilation compilation = new ModelCompiler(OperatorTable.Default, options).Plan(model);
        CompiledModelFormat.Write(compilation.ToCompiledModel(), folder.File("compiled.onnx"));
        Dictionary<string, DataValue> inputs = TestRun.Inputs(model.Graph);
        Host.TakeLines();
        DataValue[] actual = Host.Run(folder.File("compiled.onnx"), inputs);
        Assert.Contains(Host.TakeLines(),
            l => l.Contains($"{compilation.Plan.Partitioning.EngineCount} groups of an earlier compile", StringComparison.Ordinal));
        Assert.Null(TestRun.Difference(Host.RunPlain(Mixed, inputs), actual));
    }

    private static string Write(TemporaryFolder folder, string embed, string support)
    {
        string written = folder.File("mixed_ctx.onnx");
        using SessionOptions options = Host.Options(("support", support));
        options.AddSessionConfigEntry("ep.context_enable", "1");
        options.AddSessionConfigEntry("ep.context_file_path", written);
        options.AddSessionConfigEntry("ep.context_embed_mode", embed);
        using (new InferenceSession(Mixed, options)) Assert.True(File.Exists(written));
        return written;
    }

    /// <summary>Changes the attributes of all EPContext nodes of a file.</summary>
    private static void Change(string path, Func<Node, AttributeMap> attributes)
    {
        Model model = OnnxReader.Read(File.ReadAllBytes(path));
        GraphBuilder builder = GraphBuilder.For(model.Graph, DeclaredTypes.Instance);
        foreach (Value constant in model.Graph.Constants) builder.Constant(constant);
        foreach (Node node in model.Graph.Nodes)
            if (node.Op.Type == "EPContext")
                builder.Define(node.Op, node.Inputs.AsSpan(), node.Outputs.AsSpan(), attributes(node), node.Name);
            else builder.Append(node);
        OnnxWriter.Write(model with { Graph = builder.Build(model.Graph.Outputs.AsSpan()) }, path);
    }
}
