using System.Collections.Immutable;
using GraphPartition.Ir.Graphs;

namespace GraphPartition.Compiler.Passes.Infrastructure;

/// <summary>Passes that make work for each other, in turn until none of them changes anything or the bound is reached.</summary>
/// <param name="bound">The largest number of rounds.</param>
/// <param name="passes">The passes of a round.</param>
public sealed class FixedPoint(int bound, params ImmutableArray<IGraphPass> passes) : IGraphPass
{
    /// <summary>The passes of a round.</summary>
    public ImmutableArray<IGraphPass> Passes => passes;

    /// <inheritdoc/>
    public Graph Run(Graph graph, PassContext context) => Run(graph, (pass, g) => pass.Run(g, context));

    /// <summary>Runs the rounds; a pass does not see again a graph that it made or left as it is, since running it twice changes nothing.</summary>
    internal Graph Run(Graph graph, Func<IGraphPass, Graph, Graph> run)
    {
        var settled = new Graph?[passes.Length];
        for (int round = 0; round < bound; round++)
        {
            for (int p = 0; p < passes.Length; p++)
            {
                if (ReferenceEquals(settled[p], graph)) continue;
                settled[p] = graph = run(passes[p], graph);
            }
            if (Array.TrueForAll(settled, g => ReferenceEquals(g, graph))) break;
        }
        return graph;
    }
}
