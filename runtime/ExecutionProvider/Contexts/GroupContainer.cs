using GraphPartition.ExecutionProvider.Graphs;
using GraphPartition.ExecutionProvider.Planning;
using GraphPartition.Onnx.Reading;
using GraphPartition.Onnx.Writing;

namespace GraphPartition.ExecutionProvider.Contexts;

/// <summary>
/// One group as a compiled model (<see cref="CompiledModelFormat"/>): its nodes and weights, and engines for any number of machines. So
/// an EPContext node runs everywhere, and gpc can inspect it and add engines to it.
/// </summary>
internal static class GroupContainer
{
    /// <summary>The group that a model of the host is.</summary>
    /// <param name="source">The model.</param>
    /// <param name="engine">The engine that was built from the same nodes in their canonical form; null: there is none.</param>
    public static CompiledModel Of(HostModel source, PlannedEngine? engine)
    {
        Model model = OnnxReader.Read(source.Bytes, new OnnxReadOptions { Resident = source.Resident });
        ImmutableArray<Value> inputs = model.Graph.Inputs, outputs = model.Graph.Outputs;
        if (engine is not null) (inputs, outputs) = (Ordered(inputs, engine.Inputs), Ordered(outputs, engine.Outputs));
        Cut cut = Cut.Of(model.Graph, new int[model.Graph.Nodes.Length], [true],
            (_, segment) => new TrtNode(0, segment with { Inputs = inputs, Outputs = outputs }), []);
        var group = new CompiledModel(model, cut, "");
        if (engine is null) return group;
        EngineBlob blob = engine.Blob with { Content = EngineOrigin.KeyOf(group, group.PlacedGroups.Single()) };
        return group.WithGroups(g => g with { Engines = [blob], Profiles = engine.Profiles });
    }

    /// <summary>The values in the order of the engine. Both are the border of the same nodes, so they have the same names.</summary>
    private static ImmutableArray<Value> Ordered(ImmutableArray<Value> values, ImmutableArray<string> names)
    {
        Dictionary<string, Value> byName = values.ToDictionary(v => v.Name);
        return names.Length == values.Length && names.All(byName.ContainsKey) ? [.. names.Select(n => byName[n])]
            : throw new InternalCompilerException("engines",
                $"an engine has {string.Join(", ", names)}, its group {string.Join(", ", byName.Keys)}");
    }

    /// <summary>The portable form of a group: a model that any ONNX Runtime executes.</summary>
    public static byte[] Portable(CompiledModel group) => OnnxWriter.ToBytes(group.Model);
}
