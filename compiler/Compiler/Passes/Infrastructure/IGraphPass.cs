namespace GraphPartition.Compiler.Passes.Infrastructure;

/// <summary>A transformation that keeps what a graph computes. Passes hold no state: one instance serves any number of runs.</summary>
public interface IGraphPass
{
    /// <summary>The name in options and reports: that of the class.</summary>
    string Name => GetType().Name;

    /// <summary>Whether the graph may contain what the pass changes; a cheap look that saves the walk over other graphs.</summary>
    bool HasWork(Graph graph) => true;

    /// <summary>Runs the pass. Outputs keep their names and their order.</summary>
    /// <returns>The changed graph, or <paramref name="graph"/> itself where nothing changed.</returns>
    Graph Run(Graph graph, PassContext context);
}
