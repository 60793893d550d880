using GraphPartition.ExecutionProvider.Tests.Support;
using GraphPartition.Foundation;
using GraphPartition.Ir.Graphs;
using GraphPartition.Ir.Tensors;
using GraphPartition.Ir.Types;
using GraphPartition.Onnx.Reading;
using GraphPartition.Onnx.Writing;
using GraphPartition.Operators;

namespace GraphPartition.ExecutionProvider.Tests.Unit;

/// <summary>Graphs with what a group cannot hold, or what ONNX Runtime shows in another way than the file has it.</summary>
[Collection("host")]
public sealed class GraphTests : IDisposable
{
    private static readonly Dictionary<string, DataValue> Inputs = new()
    {
        ["x"] = new TensorValue(TensorData.Floats([-1, 0.5f, 2, 3, -4, 5], 2, 3)),
    };

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [PluginTheory]
    [InlineData("all", "1 groups")]
    [InlineData("none", "0 groups")]
    [InlineData("random:1:0.5", "groups")]
    public void Functions_are_expanded_before_the_plan(string support, string groups) =>
        Check(FunctionModel.Frobnicates(), support, groups);

    /// <summary>The parts of a sequence are no tensors, so the nodes around it stay outside, and groups are on both sides.</summary>
    [PluginFact]
    public void Sequences_stay_with_the_host()
    {
        GraphBuilder builder = Start(out Value x);
        Value relu = builder.Op("Relu", "relu", [x]);
        Value parts = builder.Op("SplitToSequence", "parts", [relu], AttributeMap.Of(("axis", 0L)));
        Value whole = builder.Op("ConcatFromSequence", "whole", [parts], AttributeMap.Of(("axis", 0L)));
        Check(Finish(builder, builder.Op("Neg", "y", [whole])), "all", "2 groups", "Sequence");
    }

    [PluginFact]
    public void Strings_stay_with_the_host()
    {
        GraphBuilder builder = Start(out Value x);
        Value words = builder.Op("Cast", "words", [builder.Op("Neg", "neg", [x])], AttributeMap.Of(("to", (long)ElementType.String)));
        Value numbers = builder.Op("Cast", "numbers", [words], AttributeMap.Of(("to", (long)ElementType.Float32)));
        Check(Finish(builder, builder.Op("Abs", "y", [numbers])), "all", "2 groups", "Cast 2");
    }

    /// <summary>A branch is a graph of its own, with values and weights of the graph around it.</summary>
    [PluginTheory]
    [InlineData("all")]
    [InlineData("random:2:0.5")]
    public void Bodies_are_planned_by_themselves(string support)
    {
        GraphBuilder builder = Start(out Value x);
        Value weight = builder.Constant("weight", TensorData.Floats([.. Enumerable.Range(0, 600).Select(i => i / 600f)], 200, 3));
        Value first = builder.Op("Slice", "first",
            [weight, builder.Constant("from", TensorData.Int64s(1)), builder.Constant("to", TensorData.Int64s(3)),
                builder.Constant("axes", TensorData.Int64s(0))]);
        Value sum = builder.Op("ReduceSum", "sum", [x], AttributeMap.Of(("keepdims", 0L)));
        Value isLarge = builder.Op("Greater", "large", [sum, builder.Constant("limit", TensorData.Scalar(ElementType.Float32, 1f))]);
        Graph Branch(string name, string op)
        {
            var body = new GraphBuilder(OperatorTable.Default, builder.Scope) { Name = name };
            Value inner = body.Op(op, name + "_inner", [x, first]);
            return body.Build(body.Op("Relu", name + "_result", [body.Op("Sub", name + "_sub", [inner, x])]));
        }
        Value y = builder.Op("If", "y", [isLarge], AttributeMap.Of(("then_branch", Branch("then", "Mul")), ("else_branch", Branch("else", "Add"))));
        Check(Finish(builder, y), support, "groups", support == "all" ? "its bodies are planned by themselves" : "graph");
    }

    private void Check(Model model, string support, params string[] logged)
    {
        string path = _folder.File("model.onnx");
        OnnxWriter.Write(model, path);
        DataValue[] expected = Host.RunPlain(path, Inputs, optimize: false);
        Host.TakeLines();
        Assert.Null(TestRun.Difference(expected, Host.Run(path, Inputs, optimize: false, ("support", support))));
        string[] lines = Host.TakeLines();
        string[] own = [.. lines.Where(l => l.Contains("GraphPartition: ", StringComparison.Ordinal))];
        Assert.All(logged, part => Assert.Contains(own, l => l.Contains(part, StringComparison.Ordinal)));
        Assert.DoesNotContain(lines, l => l.Contains("GP5", StringComparison.Ordinal));
    }

    private static GraphBuilder Start(out Value x)
    {
        var builder = new GraphBuilder(OperatorTable.Default) { Name = "graph" };
        x = builder.Input("x", IrType.Tensor(ElementType.Float32, Shape.Of(2, 3)));
        return builder;
    }

    private static Model Finish(GraphBuilder builder, Value output) =>
        new(builder.Build(output)) { Opsets = OpsetVersions.Standard(17), FormatVersion = 8 };
}
