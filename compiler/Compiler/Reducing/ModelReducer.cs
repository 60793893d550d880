using GraphPartition.Compiler.Import.Opsets;
using GraphPartition.Operators;

namespace GraphPartition.Compiler.Reducing;

/// <summary>
/// Makes a model smaller while it keeps failing: delta debugging (Zeller and Hildebrandt, "Simplifying and Isolating Failure-Inducing
/// Input", 2002). Parts are taken out in chunks, the largest first, and put back if the failure goes away: results, nodes, nodes of bodies.
/// A value whose node is taken out becomes an input; a body can take the place of the whole graph. Then sizes become small, weights
/// constant, and the opset an old one that more programs read. The same model and the same test give the same result.
/// </summary>
/// <param name="fails">Whether a model fails in the same way as the first one. Must be false for a model that cannot be written.</param>
/// <param name="operators">Infers types where sizes change.</param>
/// <param name="progress">Receives the number of nodes that are left and of trials; null: no progress is reported.</param>
public sealed class ModelReducer(Func<Model, bool> fails, OperatorTable operators, IProgress<ReductionProgress>? progress = null)
{
    private const int SmallConstant = 16; // elements; whole numbers in smaller constants are sizes, axes and the like

    private static readonly long[] SmallSizes = [1, 2, 4];

    private int _trials;

    /// <summary>Reduces a model.</summary>
    /// <param name="model">A model that fails.</param>
    /// <param name="cancellation">Stops after the present trial with the best model so far.</param>
    /// <returns>The smallest model that was found; the model itself if no part can go.</returns>
    public Model Reduce(Model model, CancellationToken cancellation = default)
    {
        Model best = model with { Training = [] }; // it is about nodes that go
        if (Fails(SmallerModel.WithoutMetadata(best), out Model bare)) best = bare;
        for (int nodes = int.MaxValue; CountOf(best.Graph) < nodes && !cancellation.IsCancellationRequested;)
        {
            nodes = CountOf(best.Graph);
            best = Shrink(best, best.Graph.Outputs.Length, (g, kept) => Subgraph.WithOutputs(g, kept), cancellation);
            best = Shrink(best, best.Graph.Nodes.Length, (g, kept) => Subgraph.OfNodes(g, kept), cancellation);
            best = Bodies(best, cancellation);
        }
        return Opset(Weights(Sizes(best, cancellation), cancellation));
    }

    /// <summary>The nodes of a graph and of its bodies.</summary>
    public static int CountOf(Graph graph) => graph.Nodes.Sum(n => 1 + n.Attributes.Bodies().Sum(CountOf));

    /// <summary>
    /// Takes out chunks of parts, which are numbered from 0. The size of the chunks starts at half of the parts and is halved when no
    /// chunk can go.
    /// </summary>
    private Model Shrink(Model model, int parts, Func<Graph, IReadOnlyList<int>, Graph?> with, CancellationToken cancellation)
    {
        List<int> kept = [.. Enumerable.Range(0, parts)];
        Model best = model;
        for (int size = Math.Max(1, parts / 2); size > 0 && parts > 1; size /= 2)
            for (bool again = true; again && !cancellation.IsCancellationRequested;)
            {
                again = false;
                for (int end = kept.Count; end > 0 && kept.Count > 1 && !cancellation.IsCancellationRequested; end -= size)
                {
                    int start = Math.Max(0, end - size);
                    List<int> rest = [.. kept.Take(start), .. kept.Skip(end)];
                    if (rest.Count == 0 || with(model.Graph, rest) is not { } graph
                        || !Fails(model with { Graph = graph }, out Model smaller)) continue;
                    (kept, best, again) = (rest, smaller, true);
                    end = Math.Min(end, kept.Count + size);
                }
                if (size > 1) break;
            }
        return best;
    }

    /// <summary>Puts a body in the place of the graph, or takes out nodes of bodies, of the outermost bodies first.</summary>
    private Model Bodies(Model model, CancellationToken cancellation)
    {
        foreach (Graph body in model.Graph.Nodes.SelectMany(n => n.Attributes.Bodies()))
            if (!cancellation.IsCancellationRequested && Subgraph.OfBody(body) is { } inside
                && Fails(model with { Graph = inside }, out Model smaller))
                return smaller;
        for (int n = 0; n < model.Graph.Nodes.Length; n++)
            for (int b = 0; b < model.Graph.Nodes[n].Attributes.Bodies().Length; b++)
            {
                (int node, int body) = (n, b);
                Graph inside = model.Graph.Nodes[node].Attributes.Bodies()[body];
                model = Shrink(model, inside.Nodes.Length, (g, kept) => Subgraph.WithBody(g, node, body, kept), cancellation);
            }
        return model;
    }

    /// <summary>Makes each size as small as it can be, everywhere at once, so that the nodes still fit each other.</summary>
    private Model Sizes(Model model, CancellationToken cancellation)
    {
        foreach (long size in SmallerModel.SizesOf(model.Graph))
            foreach (long small in SmallSizes.Where(s => s < size))
            {
                if (cancellation.IsCancellationRequested) return model;
                if (SmallerModel.WithSize(model, size, small, operators) is not { } candidate
                    || !Fails(candidate, out Model smaller)) continue;
                model = smaller;
                break;
            }
        return model;
    }

    /// <summary>Sets all elements of a weight to one number, for all weights at once and then one by one.</summary>
    private Model Weights(Model model, CancellationToken cancellation)
    {
        TensorData[] large = [.. SmallerModel.ConstantsOf(model.Graph).Where(d => d.ElementCount > SmallConstant
            || (d.ElementCount > 1 && Numbers.IsFloat(d.Element)))];
        if (large.Length == 0) return model;
        if (Fails(SmallerModel.WithFlat(model, large.ToHashSet()), out Model all)) return all;
        HashSet<TensorData> flat = [];
        Model best = model;
        foreach (TensorData weight in large)
        {
            if (cancellation.IsCancellationRequested) break;
            if (!Fails(SmallerModel.WithFlat(model, flat.Append(weight).ToHashSet()), out Model smaller)) continue;
            best = smaller;
            flat.Add(weight);
        }
        return best;
    }

    /// <summary>The oldest opset that can be written and can say everything.</summary>
    private Model Opset(Model model) =>
        model.SourceOpset > OpsetExport.Oldest && Fails(model with { SourceOpset = OpsetExport.Oldest }, out Model older) ? older : model;

    private bool Fails(Model candidate, out Model smaller)
    {
        smaller = candidate;
        _trials++;
        bool stays = fails(candidate);
        progress?.Report(new(CountOf(candidate.Graph), _trials, stays));
        return stays;
    }
}

/// <summary>The progress of a reduction.</summary>
/// <param name="Nodes">The nodes of the model that was tried.</param>
/// <param name="Trials">The number of models that were tried.</param>
/// <param name="StillFails">Whether it fails, so that it is the smallest one now.</param>
public readonly record struct ReductionProgress(int Nodes, int Trials, bool StillFails);
