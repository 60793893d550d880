using GraphPartition.Operators.Inference;

namespace GraphPartition.Compiler.Passes.Loops;

/// <summary>
/// A Loop of n iterations is n copies of its body, each with the carried values of the one before; so is a Scan over n slices,
/// whose slices are Gathers. An output of every iteration is stacked: Concat(Unsqueeze(e_1), ..., Unsqueeze(e_n)).
/// <para>
/// Only on request (<see cref="PassContext.UnrollLimit"/>), since the model grows; and where a short loop fills a list, which is then a
/// list of tensors for <see cref="Sequences.SequencesToTensors"/>. Conditions: n is a constant within the limit,
/// and no iteration ends a Loop early: the condition is left out or constant true, and the body returns its own condition or
/// constant true. Constants of a body move out, once.
/// </para>
/// </summary>
public sealed class UnrollLoops() : NodePass("Loop", "Scan")
{
    private const long MostNodesOfLists = 256; // of all copies of a loop that fills a list

    /// <summary>Of Unsqueeze with its axes as an input.</summary>
    protected override int FirstOpset => 13;

    /// <inheritdoc/>
    protected override bool Visit(Node node, RewriteContext rewrite)
    {
        long limit = rewrite.Context.UnrollLimit;
        if (limit <= 0 && !FillsList(node, rewrite)) return false;
        Match<Iteration> match = Iteration.Of(node);
        if (limit > 0 && match.Value is { } found && found.Count > limit) match = Match.No($"it runs {found.Count} times, the limit is {limit}");
        if (rewrite.Accept(node, match) is not { } iteration) return false;
        Unroll(node, iteration, rewrite);
        return true;
    }

    /// <summary>Whether a loop adds to a sequence that the graph makes, and its copies have few nodes.</summary>
    private static bool FillsList(Node node, RewriteContext rewrite)
    {
        if (Iteration.Of(node).Value is not { } iteration
            || iteration.Count * iteration.Form.Body.Nodes.Length > MostNodesOfLists) return false;
        return iteration.Form.Initial.Any(v => v.Type is SequenceType && rewrite.Source.Uses.ProducerOf(v) is >= 0 and var maker
            && rewrite.Source.Nodes[maker].Op is { Domain: "", Type: "SequenceEmpty" or "SequenceConstruct" or "SplitToSequence" });
    }

    private static void Unroll(Node node, Iteration iteration, RewriteContext rewrite)
    {
        LoopForm form = iteration.Form;
        Graph body = form.Body;
        foreach (Value constant in body.Constants) rewrite.Builder.Constant(constant);
        Value[] carried = [.. form.Initial.Select(rewrite.Map)];
        var emitted = new List<Value>[form.Stacked.Length];
        for (int e = 0; e < emitted.Length; e++) emitted[e] = [];
        for (int k = 0; k < iteration.Count; k++)
        {
            var copy = new BodyCopy(rewrite.Builder, rewrite.Map, k, rewrite.Context);
            iteration.SetInputs(copy, k, carried, node, rewrite);
            foreach (Node inner in body.Nodes) copy.Append(inner);
            for (int c = 0; c < carried.Length; c++) carried[c] = copy.Of(body.Outputs[form.FirstCarriedOutput + c]);
            for (int e = 0; e < emitted.Length; e++)
                if (node.Output(form.Carried + e) is not null) emitted[e].Add(copy.Of(body.Outputs[form.FirstStackedOutput + e]));
        }
        for (int c = 0; c < carried.Length; c++)
            if (node.Output(c) is { } result) rewrite.Replace(result, carried[c]);
        for (int e = 0; e < emitted.Length; e++)
            if (node.Output(form.Carried + e) is { } result)
                rewrite.Replace(result, Stacked(node, result, emitted[e], form.Stacked[e], rewrite));
    }

    private static Value Stacked(Node loop, Value result, List<Value> parts, StackedOutput along, RewriteContext rewrite)
    {
        Value axes = rewrite.Constant(result.Name + "_axis", TensorData.Int64s(along.Axis));
        Value[] rows = [.. parts.Select(
            p => rewrite.Add(loop, "Unsqueeze", [p, axes], rewrite.Context.Fresh(result.Name + "_part"), name: ""))];
        if (along.IsReversed) Array.Reverse(rows);
        return rewrite.Add(loop, "Concat", rows, result.Name, AttributeMap.Of(("axis", along.Axis)), "");
    }
}
