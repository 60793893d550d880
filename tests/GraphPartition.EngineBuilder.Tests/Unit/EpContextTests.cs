using GraphPartition.CompiledModels;
using GraphPartition.EngineBuilder.Tests.Support;
using GraphPartition.Ir.Graphs;
using GraphPartition.Ir.Types;
using GraphPartition.Onnx.Reading;
using GraphPartition.Runtime;
using GraphPartition.Runtime.Options;
using GraphPartition.TensorRt.Cache;
using GraphPartition.TensorRt.Run;
using Xunit;

namespace GraphPartition.EngineBuilder.Tests.Unit;

/// <summary>EPContext models for the providers of ONNX Runtime.</summary>
public sealed class EpContextTests
{
    /// <summary>TensorRT and TensorRT-RTX have a provider each, and neither loads engines of the other.</summary>
    [MockTheory]
    [InlineData("trt10_16", "TensorrtExecutionProvider")]
    [InlineData("rtx1_6", "NvTensorRTRTXExecutionProvider")]
    public void The_source_is_the_provider_that_loads_the_engine(string layout, string provider)
    {
        EngineLab lab = new(layout);
        using var folder = new TemporaryFolder();
        Model model = Graphs.Chain(Shape.Of(2, 3), "Add w", "Relu");
        string written = Assert.Single(EpContext.Write(lab.Compile(model).Compiled, folder.Path, embed: true));
        Node node = Assert.Single(OnnxReader.Read(written).Graph.Nodes);
        Assert.Equal(provider, node.Attributes.Text("source"));
        lab.AssertClean();
    }

    /// <summary>The providers bind by name, so each node has the names of its engine's tensors, and what is between has one name.</summary>
    [MockFact]
    public void Engines_with_the_names_of_values_make_one_whole_model()
    {
        EngineLab lab = new();
        using var folder = new TemporaryFolder();
        Model model = Graphs.Chain(Shape.Of(2, 3), "Add w", "Relu", "Softmax", "Mul w", "Relu", "Softmax", "Add w");
        CompiledModel compiled = CompiledModelFormat.Read(
            CompiledModelFormat.Write(lab.Compile(model, options: new() { NamesValues = true }).Compiled));
        using (ModelSession session = lab.Open(compiled)) EngineLab.AssertSame(model, session, Graphs.Floats(2, 3));
        Assert.Equal(3, lab.EngineRuns);
        Assert.Empty(lab.Warnings);

        Assert.EndsWith("model.onnx", EpContext.Write(compiled, folder.Path, embed: false)[^1], StringComparison.Ordinal);
        Graph whole = OnnxReader.Read(folder.File("model.onnx")).Graph;
        Assert.Equal(["EPContext", "Softmax", "EPContext", "Softmax", "EPContext"], whole.Nodes.Select(n => n.Op.Type));
        Assert.Equal(model.Graph.Inputs.Select(v => v.Name), whole.Inputs.Select(v => v.Name));
        Assert.Equal(model.Graph.Outputs.Select(v => v.Name), whole.Outputs.Select(v => v.Name));
        Assert.Empty(whole.Constants); // the engines have the weights
        using TrtRuntime runtime = TrtRuntime.Create(lab.Machine.Library, null);
        foreach (Node node in whole.Nodes.Where(n => n.Op.Type == "EPContext"))
        {
            using TrtEngine engine = runtime.Deserialize(File.ReadAllBytes(folder.File(node.Attributes.Text("ep_cache_context"))), false);
            Assert.Equal(engine.Tensors.Where(t => t.IsInput).Select(t => t.Name), node.Inputs.Select(v => v!.Name));
            Assert.Equal(engine.Tensors.Where(t => !t.IsInput).Select(t => t.Name), node.Outputs.Select(v => v!.Name));
        }
    }

    [MockFact]
    public void Engines_named_by_place_make_no_whole_model_and_are_other_entries_of_the_cache()
    {
        EngineLab lab = new();
        using var folder = new TemporaryFolder();
        Model model = Graphs.Chain(Shape.Of(2, 3), "Relu", "Softmax", "Relu");
        EngineOptions options = new() { Cache = new EngineCache(folder.File("cache")) };
        EngineCompilation byPlace = lab.Compile(model, options: options);
        string shared = Assert.Single(byPlace.Report.Groups.Select(g => g.Key).Distinct()); // equal groups have one engine
        Assert.DoesNotContain(EpContext.Write(byPlace.Compiled, folder.File("ep"), embed: true), f => f.EndsWith("model.onnx", StringComparison.Ordinal));
        EngineCompilation byValue = lab.Compile(model, options: options with { NamesValues = true });
        Assert.Equal(3, byValue.Report.Groups.Select(g => g.Key).Append(shared).Distinct().Count());
        using ModelSession session = lab.Open(byValue.Compiled);
        EngineLab.AssertSame(model, session, Graphs.Floats(2, 3));
    }

    /// <summary>An engine for one more machine has the names of those that are there, because a group has one set of names.</summary>
    [MockFact]
    public void An_engine_that_is_added_is_named_as_the_others_are()
    {
        EngineLab first = new(), second = new("rtx1_6");
        Model model = Graphs.Chain(Shape.Of(2, 3), "Relu", "Softmax", "Relu");
        CompiledModel compiled = first.Compile(model, options: new() { NamesValues = true }).Compiled;
        (CompiledModel both, _) = new EngineCompiler(second.Machine, new EngineOptions()).Add(compiled);
        Assert.All(both.AllGroups, g => Assert.Equal((2, true), (g.Engines.Length, g.NamesValues)));
        using ModelSession session = second.Open(both, EngineMode.Required);
        EngineLab.AssertSame(model, session, Graphs.Floats(2, 3));
        using var folder = new TemporaryFolder();
        IEnumerable<string> names = EpContext.Write(both, folder.Path, embed: true).Select(f => Path.GetFileName(f)!);
        Assert.Equal(["model_0.onnx", "model_1.onnx"], names.Where(n => n.StartsWith("model", StringComparison.Ordinal)));
    }
}
