using System.Collections.Immutable;
using GraphPartition.CompiledModels;
using GraphPartition.Foundation;
using GraphPartition.Gpc.Inputs;
using GraphPartition.Gpc.Requests;
using GraphPartition.Ir.Graphs;
using GraphPartition.MixedPrecision.Emulation;
using GraphPartition.Operators;
using GraphPartition.Runtime.Options;
using GraphPartition.Runtime.Ort;

namespace GraphPartition.Gpc.Services;

/// <summary>
/// Compares two models on the same inputs. A model with 16-bit types runs as its emulation, because ONNX Runtime's CPU computes FP16 in
/// FP32 and has no BF16.
/// </summary>
/// <param name="expected">The model that is right.</param>
/// <param name="actual">The other one.</param>
/// <param name="inputs">Where the inputs come from.</param>
internal sealed class ModelComparison(ModelRequest expected, ModelRequest actual, InputRequest inputs)
{
    /// <summary>Runs both models.</summary>
    /// <param name="allTensors">Whether to compare every tensor whose name both models have, not only the outputs.</param>
    /// <returns>The comparisons, in the order of the first model.</returns>
    /// <exception cref="ModelException">GP3012: the models have no tensor in common.</exception>
    public ImmutableArray<OutputQuality> Run(bool allTensors)
    {
        CustomOperators custom = CustomOperatorLoader.Load(expected.CustomOperators);
        OperatorTable operators = ModelReader.Operators(expected.OperatorFiles, custom);
        Model a = Read(expected, operators), b = Read(actual, operators);
        var options = new ModelSessionOptions { CustomOperators = custom, Optimize = false };
        using FeedSet feeds = FeedSet.Of(inputs, a, expected.Path, options);
        if (allTensors) (a, b) = (WithTensors(a, b), WithTensors(b, a));
        ImmutableArray<OutputQuality> qualities = OutputQuality.Compare(a, b, feeds, options);
        return !qualities.IsEmpty ? qualities
            : throw GpcCodes.BadOption.Error(actual.Path, "no output has the name of an output of the other model");
    }

    private static Model Read(ModelRequest request, OperatorTable operators)
    {
        Model read = ModelReader.Read(request.Path, operators);
        return Emulator.Emulate(CompiledModelFormat.IsCompiled(read) ? CompiledModelFormat.Read(read).Model : read, operators);
    }

    /// <summary>The model with every tensor of its main graph whose name the other has too as an output.</summary>
    private static Model WithTensors(Model model, Model other)
    {
        Graph graph = model.Graph;
        HashSet<string> shared = [.. other.Graph.Nodes.SelectMany(n => n.Outputs).OfType<Value>().Select(v => v.Name)];
        var builder = GraphBuilder.For(graph, DeclaredTypes.Instance);
        foreach (Value constant in graph.Constants) builder.Constant(constant);
        foreach (Node node in graph.Nodes) builder.Append(node);
        IEnumerable<Value> tensors = graph.Nodes.SelectMany(n => n.Outputs).OfType<Value>()
            .Where(v => v.Name.Length > 0 && v.Tensor is not null && shared.Contains(v.Name));
        return model with { Graph = builder.Build([.. tensors.Concat(graph.Outputs).DistinctBy(v => v.Name)]) };
    }
}
