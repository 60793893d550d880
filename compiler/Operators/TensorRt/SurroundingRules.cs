namespace GraphPartition.Operators.TensorRt;

/// <summary>
/// Rules about a node among its neighbors: which tensors exist only at the border of an engine or only inside, and what must be computed
/// in the same engine. A node that a rule refuses changes the surroundings of others, so the rules are applied until none refuses another
/// node.
/// </summary>
/// <param name="graph">The graph.</param>
/// <param name="table">The table of the release.</param>
/// <param name="sizes">The sizes that nothing bounds.</param>
/// <param name="segmentOf">The segment of each node; empty before the partition.</param>
internal sealed class SurroundingRules(
    Graph graph, ReleaseTable table, UnboundedSizes sizes, ReadOnlyMemory<int> segmentOf = default)
{
    /// <summary>The nodes with a yes that a rule may refuse.</summary>
    /// <param name="verdicts">The verdict on each node alone.</param>
    /// <param name="isListed">Whether the verdict on a node is the table's, and not that of an extension.</param>
    public IReadOnlyList<int> Concerned(IReadOnlyList<Verdict> verdicts, Func<Node, bool> isListed)
    {
        List<int> concerned = [];
        for (int n = 0; n < verdicts.Count; n++)
            if (verdicts[n].IsYes && (HasUnbounded(graph.Nodes[n]) || (IsConcerned(graph.Nodes[n]) && isListed(graph.Nodes[n]))))
                concerned.Add(n);
        return concerned;
    }

    /// <summary>Applies the rules.</summary>
    /// <param name="concerned">The nodes that they may refuse.</param>
    /// <param name="verdicts">The verdict on each node alone; a rule changes a yes to a no.</param>
    /// <param name="isListed">As for <see cref="Concerned"/>.</param>
    /// <returns>The nodes that a rule refuses.</returns>
    public IReadOnlyList<int> Apply(IReadOnlyList<int> concerned, Verdict[] verdicts, Func<Node, bool> isListed)
    {
        List<int> refused = [];
        var surroundings = new Surroundings(graph, verdicts, segmentOf);
        for (bool changed = true; changed;)
        {
            changed = false;
            foreach (int n in concerned)
            {
                surroundings.Judged = n;
                if (!verdicts[n].IsYes) continue;
                Verdict no = Unbounded(graph.Nodes[n], surroundings);
                if (no.IsYes && isListed(graph.Nodes[n])) no = Refusal(graph.Nodes[n], surroundings);
                if (no.IsYes) continue;
                verdicts[n] = no;
                refused.Add(n);
                changed = true;
            }
        }
        return refused;
    }

    private bool HasUnbounded(Node node)
    {
        if (sizes.AreBounded) return false;
        foreach (Value? value in node.Inputs)
            if (value is not null && sizes.Has(value)) return true;
        foreach (Value? value in node.Outputs)
            if (value is not null && sizes.Has(value)) return true;
        foreach (Value value in node.Captures)
            if (sizes.Has(value)) return true;
        return false;
    }

    /// <summary>An engine needs the range of the sizes of what it takes from outside. What it computes itself TensorRT bounds.</summary>
    private Verdict Unbounded(Node node, Surroundings surroundings)
    {
        foreach (Value? value in node.Inputs.Concat(node.Captures))
            if (value is not null && sizes.Has(value) && surroundings.ProducerOf(value) is not null && !surroundings.IsInside(value))
                return Verdict.No($"nothing bounds the sizes of '{value.Name}' ({value.Type}), which an engine would take from outside: "
                    + "give its range (--min-shapes, --opt-shapes, --max-shapes), or run the model once (--observe)", OperatorTable.UnboundedRule);
        if (sizes.FromData(node) is not { } data) return Verdict.Yes;
        return Verdict.No($"the values of '{data.Name}' ({data.Type}) give sizes and are computed from data; TensorRT takes sizes from shapes, "
            + "constants and integer inputs of the model: make it such an input, or compute it from a shape", OperatorTable.UnboundedRule);
    }

    private bool IsConcerned(Node node)
    {
        foreach (Value? value in node.Inputs)
            if (value is { IsConstant: false } && IsLimited(value.ElementType)) return true;
        foreach (Value? value in node.Outputs)
            if (value is not null && IsLimited(value.ElementType)) return true;
        return table.HasSurroundings(node.Op.Type);
    }

    private bool IsLimited(ElementType element) => element == ElementType.UInt8 || table.IsOnlyInside(element);

    private Verdict Refusal(Node node, Surroundings surroundings)
    {
        foreach (Value? value in node.Inputs)
        {
            if (value is null or { IsConstant: true }) continue;
            if (value.ElementType == ElementType.UInt8 && surroundings.IsInside(value))
                return Verdict.No(
                    $"'{value.Name}' would be a u8 tensor inside an engine; TensorRT has them only at its border", "u8-inside");
            if (table.IsOnlyInside(value.ElementType) && !surroundings.IsInside(value)) return Border(value, "input");
        }
        foreach (Value? value in node.Outputs)
            if (value is not null && table.IsOnlyInside(value.ElementType) && !surroundings.IsReadInside(value))
                return Border(value, "output");
        if (table.HasSurroundings(node.Op.Type))
            foreach (Condition condition in table.Find(node.Op.Type)!.Conditions)
                if (condition.Objection(node, surroundings) is { } reason) return Verdict.No(reason, condition.ToString());
        return Verdict.Yes;
    }

    private static Verdict Border(Value value, string what) => Verdict.No(
        $"'{value.Name}' is {value.ElementType.Keyword()}, which cannot be an {what} of an engine", "quantized-border");
}
