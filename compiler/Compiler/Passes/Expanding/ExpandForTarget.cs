using GraphPartition.Compiler.Passes.Elimination;
using GraphPartition.Compiler.Tagging;
using GraphPartition.Operators;
using GraphPartition.Operators.Bodies;

namespace GraphPartition.Compiler.Passes.Expanding;

/// <summary>
/// Expresses a node that the target lacks in operators that it has: a LayerNormalization becomes means, products and a root for a release
/// without such a layer. A node is expanded only if the target takes all its parts, so each expansion moves a node off the fallback.
/// </summary>
/// <param name="support">What the target takes.</param>
/// <param name="keeps">Whether a node stays as it is, because its parts would be in no engine.</param>
public sealed class ExpandForTarget(SupportPolicy support, Func<Node, bool> keeps) : NodePass
{
    private const int MostNesting = 3; // of parts that must be expanded themselves

    /// <inheritdoc/>
    protected override bool Repeats => true;

    /// <inheritdoc/>
    protected override Func<Node, bool> Start(RewriteContext rewrite)
    {
        int index = -1;
        Verdict[]? tags = null; // most graphs have no node that could be expanded
        return node =>
        {
            index++;
            if (node.Version != 0 || BodyOf(rewrite.Context, node) is null || node.Output(0) is not { } result
                || keeps(node)) return false;
            Verdict verdict = (tags ??= support.Tag(rewrite.Source))[index];
            return !verdict.IsYes && TryExpand(node, result, verdict, rewrite);
        };
    }

    private bool TryExpand(Node node, Value result, Verdict verdict, RewriteContext rewrite)
    {
        var inputs = new Value?[node.Inputs.Length];
        for (int i = 0; i < inputs.Length; i++) inputs[i] = rewrite.Input(node, i);
        GraphUses uses = rewrite.Source.Uses;
        var parts = new Parts(rewrite.Context, support, v => uses.IsOutput(v) || uses.UsersOf(v).Length > 0);
        if (parts.Of(node, [.. inputs], MostNesting) is not { } body)
        {
            rewrite.Refuse(node, parts.Reason);
            return false;
        }
        foreach (Value constant in body.Constants) rewrite.Builder.Constant(constant);
        foreach (Node part in parts.Nodes) rewrite.Builder.Append(part);
        for (int i = 0; i < node.Outputs.Length; i++)
            if (node.Outputs[i] is { } output && body.Results[i] is { } with) rewrite.Replace(output, with);
        rewrite.Context.Report(new Expansion(node.Op, node.DisplayName, result.Name, verdict.Reason!)
        {
            Parts = [.. parts.Nodes.Select(p => p.Outputs[0]!.Name)],
        });
        return true;
    }

    private static FunctionBody? BodyOf(PassContext context, Node node) => context.Operators.Find(node.Op)?.Definition.Body;

    /// <summary>The parts of one node, made beside the graph: they join it only if the target takes them all.</summary>
    private sealed class Parts(PassContext context, SupportPolicy support, Func<Value, bool> isUsed)
    {
        /// <summary>Why the node cannot be expanded.</summary>
        public string Reason { get; private set; } = "";

        /// <summary>The parts in order.</summary>
        public ImmutableArray<Node> Nodes { get; private set; } = [];

        /// <summary>Expresses a node in parts that the target takes, or that can be expanded into such.</summary>
        /// <returns>The results and constants, or null, and <see cref="Reason"/> tells why.</returns>
        public BodyBuilder? Of(Node node, ImmutableArray<Value?> inputs, int nesting)
        {
            if (inputs.FirstOrDefault(v => v is { IsConstant: false } && !BodyBuilder.HasNumbers(v.ElementType)) is { } input)
                return No($"bodies have no arithmetic for the type of {input}");
            if (Unknown(node) is { } attribute) return No($"its attribute '{attribute}' is newer than its body");
            int diagnostics = context.Scope.Diagnostics.Count;
            var builder = new GraphBuilder(context.Operators, context.Scope);
            var body = new BodyBuilder(builder, node, inputs, isUsed, context.Fresh);
            if (BodyOf(context, node)!(body) is { } reason) return No(reason);
            if (context.Scope.TakeBack(diagnostics) is [var first, ..]) return No(first.Message);
            ImmutableArray<Value> results = [.. body.Results.OfType<Value>()];
            Graph parts = builder.Build(results.AsSpan());
            Verdict[] tags = support.Tag(parts); // what sizes are computed from is outside: the plan of the whole graph judges them
            for (int i = 0; i < tags.Length; i++)
            {
                Node part = parts.Nodes[i];
                if (tags[i].IsYes || IsForNeighbors(part, tags[i]) || tags[i].Rule == OperatorTable.UnboundedRule) continue;
                if (nesting == 0 || BodyOf(context, part) is null || part.Op == node.Op && !IsOtherForm(part, node))
                    return No($"its part {part.Op} falls back: {tags[i].Reason}");
                var inner = new Parts(context, support, _ => true);
                if (inner.Of(part, part.Inputs, nesting - 1) is null) return No($"its part {part.Op} falls back: {inner.Reason}");
            }
            Nodes = parts.Nodes;
            return body;
        }

        /// <summary>
        /// Whether the neighbors of the node decide on a part: 8-bit integers that come from one expanded node and go to another are not
        /// integers any more (<see cref="MergeRoundTrips"/>), and a DequantizeLinear of constants is computed (<see cref="FoldForTarget"/>).
        /// </summary>
        private static bool IsForNeighbors(Node part, Verdict verdict)
        {
            if (verdict.Rule is "quantized-border" or "u8-inside") return true;
            if (part.Op.Is("Cast")) return part.Input(0)?.ElementType == ElementType.UInt8 || part.Output(0)?.ElementType == ElementType.UInt8;
            return part.Op.Is("DequantizeLinear") && part.Inputs.All(v => v is null or { IsConstant: true });
        }

        /// <summary>An attribute that the schema does not know: a body written from the schema would ignore it.</summary>
        private string? Unknown(Node node)
        {
            if (context.Operators.Find(node.Op)?.Schema is not { } schema) return null;
            foreach (var (name, _) in node.Attributes)
                if (schema.Attribute(name) is null) return name;
            return null;
        }

        /// <summary>An operator may become a simpler form of itself; the same form once more would never end.</summary>
        private static bool IsOtherForm(Node part, Node node) => !part.Attributes.SequenceEqual(node.Attributes);

        private BodyBuilder? No(string reason)
        {
            Reason = reason;
            return null;
        }
    }
}
