namespace GraphPartition.Operators.Families;

/// <summary>
/// Rows of a batch in If, Loop and Scan: they are followed through the bodies. What decides how often or which way must be the same for
/// every batch.
/// </summary>
internal static class BodyRows
{
    private const int MostRounds = 8;

    public static BatchAnswer If(BatchNode n)
    {
        if (!n.In(0).IsFixed) return "its condition is one for all samples";
        BatchFact[]? joined = null;
        foreach (Graph body in n.Attributes.Bodies())
        {
            BatchAnswer answer = n.Walk.Follow(body, []);
            if (answer.Refusal is not null) return answer;
            joined = joined is null ? [.. answer.Facts] : Join(n, joined, [.. answer.Facts]);
            if (joined is null) return "its branches give rows along different axes";
        }
        return joined is null ? "it has no branches" : BatchAnswer.Of(joined);
    }

    public static BatchAnswer Repeat(BatchNode n)
    {
        if (LoopForm.TryOf(n.Node) is not { } form) return "its form is not known";
        if (form.Trips is { } trips && !n.Walk[trips].IsFixed) return "its number of trips is one for all samples";
        if (form.Condition is { } condition && !n.Walk[condition].IsFixed) return "its condition is one for all samples";
        List<BatchFact> first = form.IsLoop ? [BatchFact.Fixed([]), BatchFact.Fixed([])] : [];
        List<BatchFact> elements = [];
        foreach (ScannedInput scanned in form.Scanned)
        {
            BatchFact x = n.Walk[scanned.Sequence];
            if (x.CountsRows) return "it computes with the size of the batch";
            if (BatchNode.Axis(scanned.Axis, x.Rank) is not { } axis) return "its axis is not known";
            if (axis == x.Axis) return "it goes from sample to sample";
            elements.Add(BatchFact.Of(x.Axis > axis ? x.Axis - 1 : x.Axis, x.Dims.RemoveAt(axis)));
        }
        if (form.Initial.Any(v => n.Walk[v].CountsRows)) return "it computes with the size of the batch";
        BatchFact[] carried = [.. form.Initial.Select(v => n.Walk[v].Computed)];
        for (int round = 0; round < MostRounds; round++)
        {
            BatchAnswer answer = n.Walk.Follow(form.Body, [.. first, .. carried, .. elements]);
            if (answer.Refusal is { } refusal)
                return form.AlwaysGoesOn ? refusal : $"its condition may be one for all samples: {refusal}";
            if (form.IsLoop && !answer.Facts[0].IsFixed && !form.AlwaysGoesOn) return "its condition is one for all samples";
            BatchFact[] after = [.. answer.Facts.Skip(form.FirstCarriedOutput).Take(form.Carried)];
            if (Join(n, carried, after) is not { } joined) return "what it carries has rows along different axes";
            if (joined.Zip(carried).All(j => SameDims(j.First, j.Second))) return Results(n, form, carried, answer);
            carried = joined;
        }
        return "what it carries does not settle";
    }

    private static BatchAnswer Results(BatchNode n, LoopForm form, BatchFact[] carried, BatchAnswer body)
    {
        List<BatchFact> facts = [.. carried];
        for (int i = 0; i < form.Stacked.Length; i++)
        {
            BatchFact x = body.Facts[form.FirstStackedOutput + i];
            if (x.CountsRows) return "it computes with the size of the batch";
            if (BatchNode.Axis(form.Stacked[i].Axis, x.Rank + 1) is not { } axis || x.Rank < 0)
            {
                if (x.HasRows) return "its axis is not known";
                facts.Add(BatchFact.Fixed());
                continue;
            }
            int rows = x.HasRows && x.Axis >= axis ? x.Axis + 1 : x.Axis;
            facts.Add(BatchFact.Of(rows, x.Dims.Insert(axis, n.Fresh())));
        }
        return BatchAnswer.Of([.. facts]);
    }

    /// <summary>
    /// What holds of values of which a run takes one or the other; null where rows lie along different axes, or in one alone.
    /// </summary>
    private static BatchFact[]? Join(BatchNode n, BatchFact[] some, BatchFact[] others)
    {
        var joined = new BatchFact[Math.Min(some.Length, others.Length)];
        for (int i = 0; i < joined.Length; i++)
        {
            (BatchFact a, BatchFact b) = (some[i], others[i]);
            if (a.CountsRows || b.CountsRows || a.Axis != b.Axis || (a.HasRows && a.Rank != b.Rank)) return null;
            joined[i] = BatchFact.Of(a.Axis, a.Rank != b.Rank || a.Rank < 0 ? default : [.. a.Dims.Zip(b.Dims, Either)]);
        }
        return joined;

        Extent Either(Extent x, Extent y) => x == y ? x : x.HasBatch ? n.Fresh() with { Batches = 1 } : n.Fresh();
    }

    private static bool SameDims(BatchFact a, BatchFact b) =>
        a.Dims.IsDefault ? b.Dims.IsDefault
        : !b.Dims.IsDefault && a.Dims.Zip(b.Dims, (x, y) => x == y || (x.IsFresh && y.IsFresh)).All(same => same);
}
