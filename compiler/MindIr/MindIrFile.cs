using GraphPartition.Ir.Types;
using GraphPartition.MindIr.Evaluate;

namespace GraphPartition.MindIr;

/// <summary>The content of a MindIR file, for people.</summary>
/// <param name="Release">The MindSpore release that wrote it ("1.1.0" for all up to 1.3).</param>
/// <param name="Version">The version of MindIR: 0 up to 1.6, 1 since 1.7, 2 since 2.3, 3 since 2.5.</param>
/// <param name="IsEncrypted">Whether the file is encrypted.</param>
/// <param name="Graphs">Its graphs, the main one first.</param>
/// <param name="Parameters">Its weights.</param>
/// <param name="Primitives">How often each primitive is applied, by name.</param>
public sealed record MindIrFile(
    string Release, long Version, bool IsEncrypted, ImmutableArray<MindIrGraph> Graphs, ImmutableArray<MindIrParameter> Parameters,
    ImmutableSortedDictionary<string, int> Primitives)
{
    internal static MindIrFile Of(ModelProto model, bool encrypted, ImportContext context)
    {
        var source = new ModelSource(model, context, new ConstantDecoder(new TensorDecoder(context.Weights, encrypted)));
        GraphProto[] graphs = [model.Graph, .. model.Functions];
        var primitives = graphs.SelectMany(g => g.Node).Select(source.Resolve).OfType<PrimitiveOperation>().CountBy(p => p.Name);
        return new(model.ModelVersion, model.MindIrVersion, encrypted,
            [.. graphs.Select(g => new MindIrGraph(g.Name, [.. g.Input.Select(i => FileNames.ForUser(i.Name))], g.Node.Count))],
            [.. model.Graph.Parameter.Select(p =>
                new MindIrParameter(FileNames.ForUser(p.Name), TypeDecoder.Tensor(p), p.ExternalData?.Location))],
            ImmutableSortedDictionary.CreateRange(StringComparer.Ordinal, primitives));
    }
}

/// <summary>A graph of a file.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Inputs">The names of its inputs.</param>
/// <param name="Nodes">How many nodes it has, constants among them.</param>
public sealed record MindIrGraph(string Name, ImmutableArray<string> Inputs, int Nodes);

/// <summary>A weight of a file.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Type">Its type.</param>
/// <param name="Location">The file beside the model that holds it, or null where the model does.</param>
public sealed record MindIrParameter(string Name, TensorType Type, string? Location);
