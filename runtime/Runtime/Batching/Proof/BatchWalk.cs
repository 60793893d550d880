using GraphPartition.Ir.Types;
using GraphPartition.Operators.Batching;
using GraphPartition.Operators.Definitions;
using GraphPartition.Operators.Families;

namespace GraphPartition.Runtime.Batching.Proof;

/// <summary>
/// Follows the batch axis through a graph, node by node, by the rules of the operators, and keeps what is known of each value.
/// </summary>
/// <param name="batch">The symbol of the batch.</param>
internal sealed class BatchWalk(string batch) : IBatchWalk
{
    private const int MostElements = 64;

    private readonly Dictionary<Value, BatchFact> _facts = [];
    private int _fresh;

    /// <inheritdoc/>
    public BatchFact this[Value value] => _facts.TryGetValue(value, out BatchFact? fact) ? fact : _facts[value] = OfConstant(value);

    /// <summary>Sets what is known of an input.</summary>
    public void Set(Value input, BatchFact fact) => _facts[input] = fact;

    /// <inheritdoc/>
    public Extent Fresh() => Extent.Fresh(_fresh++);

    /// <inheritdoc/>
    public BatchAnswer Follow(Graph body, ReadOnlySpan<BatchFact> inputs)
    {
        for (int i = 0; i < body.Inputs.Length; i++)
        {
            if (i >= inputs.Length) return "its body has more inputs than it is given";
            _facts[body.Inputs[i]] = inputs[i];
        }
        if (Walk(body) is { } fault) return $"{fault.Where} in its body: {fault.Reason}";
        return new([.. body.Outputs.Select(v => this[v])], null);
    }

    /// <summary>Follows all nodes of a graph, whose inputs are known.</summary>
    /// <returns>The first node at which rows may meet, and why; null if they do not meet.</returns>
    public (string Where, string Reason)? Walk(Graph graph)
    {
        foreach (Node node in graph.Nodes)
        {
            BatchAnswer answer = Follow(node);
            if (answer.Refusal is { } reason) return (node.Label, reason);
            for (int i = 0; i < node.Outputs.Length; i++)
            {
                if (node.Outputs[i] is not { } output) continue;
                if (i >= answer.Facts.Length) return (node.Label, $"its output {i} cannot be followed");
                _facts[output] = Declared(output, answer.Facts[i]);
            }
        }
        return null;
    }

    private BatchAnswer Follow(Node node)
    {
        OperatorDefinition op = OperatorDefinitions.Of(node.Op);
        if (op.Rows is not { } rule) return "nothing is known of the operator that would keep rows apart";
        var inputs = new BatchNode(node, this);
        bool isFixed = inputs.Inputs.All(f => f.IsFixed) && node.Captures.All(v => this[v].IsFixed);
        if (node.Version > 0 && !isFixed) return $"it is kept in its form of opset {node.Version}";
        if (!op.TakesSizes && inputs.Inputs.Any(f => f.CountsRows)) return "it computes with the size of the batch";
        BatchAnswer answer = rule(inputs);
        return op.TakesSizes || answer.Refusal is not null ? answer : BatchAnswer.Of([.. answer.Facts.Select(f => f.Computed)]);
    }

    /// <summary>A fact with the sizes that the file declares, where the rule knows none.</summary>
    private BatchFact Declared(Value value, BatchFact fact)
    {
        if (value.Shape is not { } shape) return fact;
        if (fact.Rank < 0) return fact.With([.. shape.Select(SizeOf)]);
        if (fact.Rank != shape.Rank) return fact;
        return fact.With([.. fact.Dims.Select((d, i) => i != fact.Axis && d.IsFresh ? SizeOf(shape[i]) : d)]);
    }

    /// <summary>The size of a dimension; a fresh one for the batch, which no other dimension may have.</summary>
    public Extent SizeOf(Dim dim) => dim.IsKnown ? dim.Size : dim.Symbol is { } symbol && symbol != batch ? Extent.Of(symbol) : Fresh();

    private static BatchFact OfConstant(Value value)
    {
        if (value.Data is not { } data) throw new InternalCompilerException("batching", $"nothing is known of {value}");
        if (data.Dims.Length <= 1 && data.ToIntegers(MostElements) is { } elements)
            return BatchFact.Sizes([.. elements.Select(e => (Extent)e)], isScalar: data.Dims.IsEmpty);
        return BatchFact.Fixed([.. data.Dims.Select(d => (Extent)d)]);
    }
}
