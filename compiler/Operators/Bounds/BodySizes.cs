namespace GraphPartition.Operators.Bounds;

/// <summary>
/// Sizes of If, Loop and Scan. What holds of a value in a body must hold in every iteration. So a body is walked through once for each
/// iteration, with all that its states were so far, until nothing changes or all iterations were followed. What still changes after
/// <see cref="MostRounds"/> rounds has no bound.
/// </summary>
internal static class BodySizes
{
    private const int MostRounds = 256;

    /// <summary>What holds whichever branch runs.</summary>
    public static void If(BoundsNode n)
    {
        ValueBounds[]? either = null;
        foreach (Graph body in n.Node.Attributes.Bodies())
        {
            n.Walk.Follow(body, []);
            ValueBounds[] results = [.. body.Outputs.Select(v => n.Walk[v])];
            either = either is null ? results : [.. either.Zip(results, (a, b) => a.Or(b))];
        }
        for (int o = 0; o < either?.Length; o++) n.Set(o, either[o]);
    }

    /// <summary>Loop and Scan.</summary>
    public static void Repeat(BoundsNode n)
    {
        if (LoopForm.TryOf(n.Node) is not { } form || n.Node.Outputs.Length > form.Carried + form.Stacked.Length) return;
        if (form.Body.Inputs.Length != form.FirstElementInput + form.Scanned.Length) return;
        IntegerRange? trips = Trips(n, form);
        List<ValueBounds> before = [];
        if (form.IsLoop) before.AddRange(Scalar(trips is { } most ? new(0, Math.Max(0, most.Most - 1)) : null), Scalar(new(0, 1)));
        ValueBounds[] elements = [.. form.Scanned.Select(s => Element(n.Walk[s.Sequence], s.Axis))];
        ValueBounds[] states = [.. form.Initial.Select(v => n.Walk[v])];
        for (int round = 1; ; round++)
        {
            n.Walk.Follow(form.Body, [.. before, .. states, .. elements]);
            ValueBounds[] next = [.. states.Select((s, i) => s.Or(n.Walk[form.Body.Outputs[form.FirstCarriedOutput + i]]))];
            bool isSettled = next.Zip(states, (a, b) => a.Says(b)).All(same => same);
            bool isPatient = round < MostRounds && n.Walk.MayRepeat(form.Body);
            if (!isSettled && !(trips is { } t && round >= t.Most))
            {
                states = isPatient ? next : [.. states.Zip(next, (a, b) => a.Keep(b))];
                continue;
            }
            for (int i = 0; i < form.Carried; i++) n.Set(i, next[i]);
            break;
        }
        bool runsAll = !form.IsLoop || (form.AlwaysGoesOn && IsBegun(form));
        IntegerRange? length = trips is { } all ? new(runsAll ? all.Least : 0, all.Most) : null;
        for (int i = 0; i < form.Stacked.Length; i++)
            n.Set(form.Carried + i, Stack(n.Walk[form.Body.Outputs[form.FirstStackedOutput + i]], form.Stacked[i].Axis, length));
    }

    private static bool IsBegun(LoopForm form) => form.Condition is null || LoopForm.IsTrue(form.Condition);

    private static IntegerRange? Trips(BoundsNode n, LoopForm form)
    {
        if (form.IsLoop) return form.Trips is null ? null : n.Number(0)?.AtLeast(0);
        IntegerRange? length = null;
        foreach (ScannedInput scanned in form.Scanned)
            if (n.Walk[scanned.Sequence].Sizes is { } sizes && BoundsNode.Axis(scanned.Axis, sizes.Count) is { } axis
                && sizes[axis] is { } size)
                length = length is { } known ? known.And(size) ?? size : size;
        return length;
    }

    private static ValueBounds Scalar(IntegerRange? number) => new([], [number], NumberFact.In(number));

    private static ValueBounds Element(ValueBounds sequence, long axis) =>
        sequence.Sizes is { } sizes && BoundsNode.Axis(axis, sizes.Count) is { } at
            ? new([.. sizes.Where((_, i) => i != at)], null, sequence.Numbers) : ValueBounds.Unknown;

    private static ValueBounds Stack(ValueBounds element, long axis, IntegerRange? length)
    {
        if (element.Sizes is not { } sizes || BoundsNode.Axis(axis, sizes.Count + 1) is not { } at) return ValueBounds.Unknown;
        List<IntegerRange?> stacked = [.. sizes];
        stacked.Insert(at, length);
        return new(stacked, null, element.Numbers);
    }
}
