using System.Collections.Immutable;
using GraphPartition.CompiledModels;
using GraphPartition.Compiler.Import;
using GraphPartition.Compiler.Import.Opsets;
using GraphPartition.EngineBuilder.Tests.Support;
using GraphPartition.Foundation;
using GraphPartition.Ir.Graphs;
using GraphPartition.Ir.Tensors;
using GraphPartition.Ir.Types;
using GraphPartition.Onnx.Reading;
using GraphPartition.Onnx.Writing;
using GraphPartition.Operators;
using GraphPartition.Runtime.Options;
using Xunit;
using static GraphPartition.EngineBuilder.Tests.Support.GpcOnMocks;

namespace GraphPartition.EngineBuilder.Tests.Unit;

/// <summary>
/// A compiled file that was changed after its engines were built: no engine of the old nodes or weights is used, wherever the file
/// goes, and every command reports it.
/// </summary>
public sealed class StaleEngineTests : IDisposable
{
    private static readonly Model Original = Graphs.Chain(Shape.Of(2, 3), "Add w", "Relu", "Softmax", "Mul w", "Relu");

    private readonly TemporaryFolder _folder = new();
    private readonly string _good, _stale;

    public StaleEngineTests() => (_good, _stale) = (_folder.File("good.onnx"), _folder.File("stale.onnx"));

    public static TheoryData<string, int> Changes =>
        new() { { nameof(OneWeight), 1 }, { nameof(ReluBySigmoid), 2 }, { nameof(EnginesExchanged), 2 } };

    private static Dictionary<string, DataValue> Input => new() { ["x"] = Graphs.Floats(2, 3) };

    public void Dispose() => _folder.Dispose();

    [MockTheory]
    [MemberData(nameof(Changes))]
    public void A_session_runs_the_nodes_in_the_file_and_warns_once(string change, int stale)
    {
        EngineLab lab = new();
        Model changed = Change(lab, change);
        DataValue[] expected = TestRun.RunPlain(OnnxWriter.ToBytes(changed), Input);
        Assert.Null(TestRun.Difference(expected, lab.Run(CompiledModelFormat.Read(_stale), Input)));
        Diagnostic warning = Assert.Single(lab.Warnings);
        Assert.Equal("GP4021", warning.Code.Id);
        Assert.Equal($"{stale} of 2 groups", warning.Where);
        Assert.Contains("TrtNode_", warning.Message, StringComparison.Ordinal);
        Assert.Contains("built from other nodes or weights", warning.Message, StringComparison.Ordinal);
        Assert.Equal(2 - stale, lab.EngineRuns);
        Assert.Throws<EnvironmentException>(() => lab.Run(CompiledModelFormat.Read(_stale), Input, EngineMode.Required));
        lab.AssertClean();
    }

    [MockTheory]
    [MemberData(nameof(Changes))]
    public void Verify_and_export_fail_and_inspect_shows_the_fault(string change, int stale)
    {
        Change(new EngineLab(), change);
        Assert.Equal(0, Run(null, "verify", _good).ExitCode);
        Outcome verified = Run(null, "verify", _stale);
        Assert.Equal(2, verified.ExitCode);
        Assert.Contains("GP3010", verified.Errors, StringComparison.Ordinal);
        Assert.Equal(stale, verified.Errors.Split("was built from other nodes or weights").Length - 1);
        Assert.DoesNotContain("GP4023", Run(null, "inspect", _good).Output, StringComparison.Ordinal);
        Assert.Contains("GP4023", Run(null, "inspect", _stale).Output, StringComparison.Ordinal);
        Assert.Contains("GP4023", Run(null, "inspect", _stale, "--engines").Output, StringComparison.Ordinal);
        Assert.Contains("GP5001", Run(null, "export", _stale, "--epcontext", _folder.File("ep")).Errors, StringComparison.Ordinal);
        Assert.Equal(0, Run(null, "export", _good, "--epcontext", _folder.File("ep")).ExitCode);
    }

    /// <summary>With the release that the old engines are for, and with another one: no engine of the old weights stays.</summary>
    [MockTheory]
    [InlineData("trt10_16")]
    [InlineData("rtx1_4")]
    public void Adding_engines_drops_those_of_the_old_weights(string layout)
    {
        Model changed = Change(new EngineLab(), nameof(OneWeight));
        string mended = _folder.File("mended.onnx");
        Outcome added = Run(MockCompiler.TensorRt(layout), "compile", _stale, "--add-engine", "-o", mended, "--engine-cache", "off");
        Assert.True(added.ExitCode == 0, added.ToString());
        Assert.Contains("GP4023", added.Errors, StringComparison.Ordinal);
        Assert.Contains("it was dropped", added.Errors, StringComparison.Ordinal);
        Outcome verified = Run(null, "verify", mended);
        Assert.True(verified.ExitCode == 0, verified.ToString());

        CompiledModel compiled = CompiledModelFormat.Read(mended);
        Assert.Equal(layout == "trt10_16" ? [1, 1] : [1, 2], compiled.Cut.Groups.Select(g => g.Engines.Length));
        EngineLab lab = new(layout);
        DataValue[] expected = TestRun.RunPlain(OnnxWriter.ToBytes(changed), Input);
        Assert.Null(TestRun.Difference(expected, lab.Run(compiled, Input, EngineMode.Required)));
        Assert.Empty(lab.Warnings);
    }

    [MockFact]
    public void An_engine_without_a_content_key_is_not_used()
    {
        EngineLab lab = new();
        CompiledModel compiled = lab.Compile(Original).Compiled
            .WithGroups(g => g with { Engines = [.. g.Engines.Select(e => e with { Content = "" })] });
        lab.Run(compiled, Input);
        Assert.Contains("does not say what it was built from", Assert.Single(lab.Warnings).Message, StringComparison.Ordinal);
        Assert.Equal(0, lab.EngineRuns);
    }

    /// <summary>
    /// Reading brings a model to the canonical opset and writing takes it back: engines have to stay bound to the same nodes.
    /// </summary>
    [MockTheory]
    [InlineData(13)]
    [InlineData(17)]
    [InlineData(20)]
    [InlineData(22)]
    public void Engines_match_their_groups_in_the_file_in_memory_and_after_reading(int opset)
    {
        EngineLab lab = new();
        foreach (Func<Model> make in BodyGraphs.All.Values.Append(() => Original))
        {
            OnnxWriter.Write(make() with { Opsets = OpsetVersions.Standard(opset) }, _folder.File("m.onnx"));
            CompiledModel compiled = lab.Compile(ModelFile.Read(_folder.File("m.onnx"), OperatorTable.Default)).Compiled;
            Assert.NotEmpty(compiled.AllGroups.SelectMany(g => g.Engines));
            Assert.Empty(EngineOrigin.FindUnusable(compiled));
            CompiledModelFormat.Write(compiled, _good);
            Assert.Empty(EngineOrigin.FindUnusable(CompiledModelFormat.Read(_good)));
            Assert.Empty(EngineOrigin.FindUnusable(CompiledModelFormat.Read(ModelFile.Read(_good, OperatorTable.Default)).Lower()));
        }
    }

    /// <summary>Compiles, writes the file, changes it and writes that. The result is the changed model.</summary>
    private Model Change(EngineLab lab, string change)
    {
        CompiledModelFormat.Write(lab.Compile(Original).Compiled, _good);
        Model read = OnnxReader.Read(_good, new() { KeepFunctionsOf = CompiledModelFormat.Domain });
        Model changed = change switch
        {
            nameof(OneWeight) => OneWeight(read),
            nameof(ReluBySigmoid) => ReluBySigmoid(read),
            _ => EnginesExchanged(read),
        };
        OnnxWriter.Write(changed, _stale);
        return changed;
    }

    private static Model OneWeight(Model model)
    {
        Value old = model.Graph.Constants[0], tuned = new(old.Name, old.Type, TensorData.Floats([7], 1));
        ImmutableArray<Value> constants = [.. model.Graph.Constants.Select(c => c == old ? tuned : c)];
        return model with { Graph = Copy(model.Graph, constants, new() { [old] = tuned }, a => a) };
    }

    private static Model ReluBySigmoid(Model model) => model with
    {
        Functions = [.. model.Functions.Select(f =>
        {
            var builder = new GraphBuilder(DeclaredTypes.Instance) { Name = f.Body.Name };
            foreach (Value v in f.Body.Inputs) builder.Input(v);
            foreach (Node n in f.Body.Nodes)
                builder.Define(n.Op.Is("Relu") ? "Sigmoid" : n.Op, n.Inputs.AsSpan(), n.Outputs.AsSpan(), n.Attributes, n.Name);
            return f with { Body = builder.Build(f.Body.Outputs.AsSpan()) };
        })],
    };

    private static Model EnginesExchanged(Model model)
    {
        AttributeMap[] calls = [.. model.Graph.Nodes.Where(n => n.Op.Domain == CompiledModelFormat.Domain).Select(n => n.Attributes)];
        Assert.Equal(2, calls.Length);
        return model with
        {
            Graph = Copy(model.Graph, model.Graph.Constants, [], a => a == calls[0] ? calls[1] : a == calls[1] ? calls[0] : a),
        };
    }

    private static Graph Copy(
        Graph graph, ImmutableArray<Value> constants, Dictionary<Value, Value> map, Func<AttributeMap, AttributeMap> attributes)
    {
        var builder = new GraphBuilder(DeclaredTypes.Instance) { Name = graph.Name };
        foreach (Value v in graph.Inputs) builder.Input(v);
        foreach (Value v in constants) builder.Constant(v);
        foreach (Node n in graph.Nodes)
        {
            Value?[] inputs = [.. n.Inputs.Select(v => v is null ? null : map.GetValueOrDefault(v, v))];
            builder.Define(n.Op, inputs, n.Outputs.AsSpan(), attributes(n.Attributes), n.Name);
        }
        return builder.Build(graph.Outputs.AsSpan());
    }
}
