namespace GraphPartition.Compiler.Passes.Infrastructure;

/// <summary>
/// A pass that visits the nodes of a graph in order, those of bodies too, and replaces some of them. This class copies the
/// nodes that the pass leaves as they are and skips those that a replacement has absorbed.
/// </summary>
/// <param name="operators">Only graphs with one of these standard operators are visited; none: all graphs are.</param>
public abstract class NodePass(params string[] operators) : IGraphPass
{
    /// <inheritdoc/>
    public virtual string Name => GetType().Name;

    /// <summary>The oldest opset in which the nodes that the pass makes mean what it needs.</summary>
    protected virtual int FirstOpset => 0;

    /// <summary>Whether one replacement can make another possible: then the pass runs until nothing changes.</summary>
    protected virtual bool Repeats => false;

    /// <inheritdoc/>
    public bool HasWork(Graph graph) => operators.Length == 0 || graph.HasAnyOf(operators);

    /// <inheritdoc/>
    public Graph Run(Graph graph, PassContext context)
    {
        if (context.Opset < FirstOpset) return graph;
        for (; ; )
        {
            Graph before = graph;
            graph = Run(graph, context, isBody: false);
            if (!Repeats || ReferenceEquals(graph, before)) return graph;
        }
    }

    /// <summary>Starts the walk over one graph or body. A pass overrides it to remember something between nodes.</summary>
    /// <returns>The visitor of each node, as <see cref="Visit"/>.</returns>
    protected virtual Func<Node, bool> Start(RewriteContext rewrite) => node => Visit(node, rewrite);

    /// <summary>Replaces, drops or keeps a node.</summary>
    /// <returns>Whether it did; false: the node is kept and its bodies are visited.</returns>
    protected virtual bool Visit(Node node, RewriteContext rewrite) => false;

    /// <summary>One walk over a graph or a body.</summary>
    internal Graph Run(Graph graph, PassContext context, bool isBody)
    {
        if (isBody) context.Scope.BodyDepth++;
        var rewrite = new RewriteContext(this, context, graph, isBody);
        Func<Node, bool> visit = Start(rewrite);
        Func<Graph, Graph> inBody = body => Run(body, context, isBody: true);
        foreach (Node node in graph.Nodes)
            if (!rewrite.IsAbsorbed(node) && !visit(node)) rewrite.Keep(node, inBody);
        Graph result = rewrite.Finish();
        if (isBody) context.Scope.BodyDepth--;
        return result;
    }
}
