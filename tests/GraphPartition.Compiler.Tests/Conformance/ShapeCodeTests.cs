using GraphPartition.Compiler.Import;
using GraphPartition.Compiler.Passes;
using GraphPartition.Compiler.Tests.Support;
using GraphPartition.Ir.Graphs;
using GraphPartition.Ir.Tensors;
using GraphPartition.Onnx.Reading;
using GraphPartition.Onnx.TestData;
using GraphPartition.Operators;
using Xunit;

namespace GraphPartition.Compiler.Tests.Conformance;

/// <summary>Exported transformers lose their shape arithmetic.</summary>
public sealed class ShapeCodeTests
{
    /// <summary>Where the batch and the length are open, only what counts positions asks for a shape.</summary>
    [SharedFact]
    public void No_reshape_of_an_open_transformer_takes_a_computed_shape()
    {
        Graph graph = PassRun.Of(ModelFile.Read(SharedModels.ModelOf("bert_small_ts"), OperatorTable.Default), Pipeline.Standard).Graph;
        Assert.All(graph.Nodes.Where(n => n.Op.Type is "Reshape" or "Expand"), n => Assert.True(n.Input(1)!.IsConstant, n.Label));
        Assert.DoesNotContain(graph.Nodes, n => n.Op.Is("Concat"));
    }

    [SharedTheory]
    [InlineData("bert_small_ts")]
    [InlineData("distilbert_small")]
    [InlineData("deberta_small")]
    [InlineData("lstm_tagger")]
    public void With_known_shapes_no_shape_arithmetic_remains(string name)
    {
        Model model = ModelFile.Read(SharedModels.ModelOf(name), OperatorTable.Default);
        TestDataSet set = TestDataSet.Read(SharedModels.DataOf(name), model.Graph);
        Graph graph = PassRun.Of(Fixed(model, set.Inputs.ToDictionary(i => i.Name, i => ((TensorValue)i.Value).Data)),
            Pipeline.Standard).Graph;
        string[] shapeCode = [.. graph.Nodes.Where(n => n.Op.Type is "Shape" or "Size" or "Range" or "ConstantOfShape")
            .Select(n => n.Label)];
        Assert.True(shapeCode.Length == 0, string.Join(", ", shapeCode));
    }

    /// <summary>The model for inputs of the shapes given: built again, so that every value is typed again.</summary>
    private static Model Fixed(Model model, Dictionary<string, TensorData> inputs)
    {
        var builder = new GraphBuilder(OperatorTable.Default) { Name = model.Graph.Name };
        var map = new Dictionary<Value, Value>();
        foreach (Value v in model.Graph.Inputs) map[v] = builder.Input(v.Name, inputs[v.Name].Type);
        foreach (Value v in model.Graph.Constants) builder.Constant(v);
        foreach (Node node in model.Graph.Nodes)
        {
            Value?[] from = [.. node.Inputs.Select(v => v is null ? null : map.GetValueOrDefault(v, v))];
            Node copy = builder.Add(node.Op, from, [.. node.Outputs.Select(v => new OutputSpec(v?.Name))], node.Attributes, node.Name,
                node.Version);
            for (int o = 0; o < node.Outputs.Length; o++)
                if (node.Outputs[o] is { } v) map[v] = copy.Outputs[o]!;
        }
        return model with { Graph = builder.Build([.. model.Graph.Outputs.Select(v => map[v])]) };
    }
}
