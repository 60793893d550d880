using GraphPartition.Ir.Graphs;

namespace GraphPartition.Compiler.Passes.Infrastructure;

/// <summary>A transformation that keeps what a graph computes. Passes hold no state: one instance serves any number of runs.</summary>
public interface IGraphPass
{
    /// <summary>How options and reports call the pass: the name of its class.</summary>
    string Name => GetType().Name;

    /// <summary>Whether the graph holds what the pass is about: a first look that saves the walk over graphs that do not.</summary>
    bool Concerns(Graph graph) => true;

    /// <summary>The graph after the pass; the same reference where nothing changed. Outputs keep their names and their order.</summary>
    Graph Run(Graph graph, PassContext context);
}
