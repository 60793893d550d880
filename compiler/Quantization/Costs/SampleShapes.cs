using GraphPartition.Compiler.Import;
using GraphPartition.Compiler.Import.Opsets;

namespace GraphPartition.Quantization.Costs;

/// <summary>The nodes of a graph with the sizes that they have on the first sample: open sizes tell nothing about times.</summary>
internal sealed class SampleShapes
{
    private readonly Dictionary<string, Node> _nodes = [];

    /// <summary>Infers the sizes.</summary>
    /// <param name="model">The model.</param>
    /// <param name="operators">What is known of operators.</param>
    /// <param name="runner">The samples; null: sizes stay open.</param>
    public SampleShapes(Model model, OperatorTable operators, ISampleRunner? runner)
    {
        if (runner is null || runner.Count == 0) return;
        Value[] inputs = [.. model.Graph.Inputs.Where(v => v.Tensor is not null)];
        using ISampleSession session = runner.Load(OpsetExport.Lowest(model.WithOutputs(inputs)));
        ImmutableArray<TensorData?> given =
            session.Run(0, [.. Enumerable.Range(0, inputs.Length)], ImmutableDictionary<string, TensorData>.Empty);
        var shapes = new Dictionary<string, Shape>();
        for (int i = 0; i < inputs.Length; i++)
            if (given[i] is { } tensor) shapes[inputs[i].Name] = Shape.Of(tensor.Dims.AsSpan());
        foreach (Node node in FixedShapes.In(model, shapes, operators).Graph.Nodes)
            if (node.Output(0) is { } result) _nodes[result.Name] = node;
    }

    /// <summary>The node with known sizes; the node itself where there is none.</summary>
    public Node Of(Node node) => node.Output(0) is { } result && _nodes.TryGetValue(result.Name, out Node? sized) ? sized : node;
}
