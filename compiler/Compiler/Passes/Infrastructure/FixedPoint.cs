namespace GraphPartition.Compiler.Passes.Infrastructure;

/// <summary>
/// Runs passes in rounds, since each can make work for the others, until a round changes nothing or the bound is reached.
/// </summary>
/// <param name="bound">The largest number of rounds.</param>
/// <param name="passes">The passes of a round.</param>
public sealed class FixedPoint(int bound, params ImmutableArray<IGraphPass> passes) : IGraphPass
{
    /// <summary>The passes of a round.</summary>
    public ImmutableArray<IGraphPass> Passes => passes;

    /// <inheritdoc/>
    public Graph Run(Graph graph, PassContext context) => Run(graph, (pass, g) => pass.Run(g, context));

    /// <summary>Runs the rounds. A pass is not run on a graph that it made or left as it is: a second run changes nothing.</summary>
    internal Graph Run(Graph graph, Func<IGraphPass, Graph, Graph> run)
    {
        var settled = new Graph?[passes.Length];
        for (int round = 0; round < bound; round++)
        {
            for (int p = 0; p < passes.Length; p++)
                if (!ReferenceEquals(settled[p], graph)) settled[p] = graph = run(passes[p], graph);
            if (Array.TrueForAll(settled, g => ReferenceEquals(g, graph))) break;
        }
        return graph;
    }
}
