using GraphPartition.Ir.Rewriting;

namespace GraphPartition.Compiler.Passes.Infrastructure;

/// <summary>
/// One walk of a pass over a graph or body: the copy in the making. Its methods that add nodes carry the name, the metadata and
/// the declared type of what is replaced, so a pass cannot lose them.
/// </summary>
public sealed class RewriteContext : GraphRewriter
{
    private readonly IGraphPass _pass;
    private HashSet<Node>? _absorbed;

    internal RewriteContext(IGraphPass pass, PassContext context, Graph graph, bool isBody = false)
        : base(graph, context.Operators, context.Scope, isBody) => (_pass, Context, IsBody) = (pass, context, isBody);

    /// <summary>What the passes of the run share.</summary>
    public PassContext Context { get; }

    /// <summary>Whether the graph is a body.</summary>
    public bool IsBody { get; }

    /// <summary>Replaces a node of one output by a node of another operator, inputs (values of the copy) or attributes.</summary>
    public void Replace(Node node, OpName op, ReadOnlySpan<Value?> inputs, AttributeMap? attributes = null) =>
        Replace(node.Output(0)!, node, op, inputs, attributes);

    /// <summary>
    /// Replaces <paramref name="result"/>, the last value of several nodes, by a node in place of <paramref name="origin"/>, one
    /// of them.
    /// </summary>
    public void Replace(
        Value result, Node origin, OpName op, ReadOnlySpan<Value?> inputs, AttributeMap? attributes = null, string? name = null) =>
        Replace(result, Add(origin, op, inputs, OutputSpec.Like(result), attributes, name));

    /// <summary>
    /// Adds a node of one output in place of <paramref name="origin"/>, whose metadata and, unless another is given, name it has.
    /// </summary>
    public Value Add(
        Node origin, OpName op, ReadOnlySpan<Value?> inputs, OutputSpec output, AttributeMap? attributes = null, string? name = null) =>
        Builder.Add(op, inputs, [output], attributes, name ?? origin.Name, 0, origin.Metadata).Outputs[0]!;

    /// <summary>Adds a constant under a new name made from <paramref name="stem"/>.</summary>
    public Value Constant(string stem, TensorData data) => Builder.Constant(Context.Fresh(stem), data);

    /// <summary>Marks nodes that a replacement has absorbed: they are neither visited nor copied.</summary>
    public void Absorb(IEnumerable<Node> nodes) => (_absorbed ??= []).UnionWith(nodes);

    /// <summary>Whether a replacement has absorbed the node.</summary>
    public bool IsAbsorbed(Node node) => _absorbed?.Contains(node) == true;

    /// <summary>Reports why the pass leaves a node as it is.</summary>
    public void Refuse(Node node, string reason) => Context.Refuse(_pass, node, reason);

    /// <summary>Reports the reason of a match that has one.</summary>
    /// <returns>What was found, or null.</returns>
    public T? Accept<T>(Node node, Match<T> match)
        where T : class
    {
        if (match.Reason is { } reason) Refuse(node, reason);
        return match.Value;
    }
}
