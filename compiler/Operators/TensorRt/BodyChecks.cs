namespace GraphPartition.Operators.TensorRt;

/// <summary>What conditions ask of If, Loop and Scan.</summary>
internal static class BodyChecks
{
    /// <summary>A trip count that means "no limit": TensorRT counts iterations in 32 bits.</summary>
    private const long EndlessTrips = int.MaxValue;

    /// <summary>
    /// Whether the bodies fail these conditions only because a rank in them is open: then a node inside leaves it open, and is to blame.
    /// </summary>
    public static bool AreOnlyOpen(Node node) =>
        node.Op.Is("If") ? Branches(node, broadcastable: false, out bool isOpen) is not null && isOpen
        : node.Op.Is("Loop") && FixedLoop(node, out isOpen) is not null && isOpen;

    /// <summary>Why both branches do not give results of one rank, or shapes that broadcast.</summary>
    /// <param name="node">The If.</param>
    /// <param name="broadcastable">Whether shapes must broadcast; else ranks must be equal.</param>
    /// <param name="isOpen">Whether the reason is only that a rank is not known.</param>
    /// <returns>The reason, or null.</returns>
    public static string? Branches(Node node, bool broadcastable, out bool isOpen)
    {
        isOpen = false;
        string? open = null;
        if (node.Attributes.Body("then_branch") is not { } then
            || node.Attributes.Body("else_branch") is not { } other) return "a branch is missing";
        for (int i = 0; i < Math.Min(then.Outputs.Length, other.Outputs.Length); i++)
        {
            (Shape? a, Shape? b) = (then.Outputs[i].Shape, other.Outputs[i].Shape);
            if (a is null || b is null) open ??= $"the rank of output {i} is not known in both branches";
            else if (!broadcastable && a.Rank != b.Rank) return $"output {i} is {a} in one branch and {b} in the other: their ranks differ";
            else if (broadcastable && !CanBroadcast(a, b))
                return $"output {i} is {a} in one branch and {b} in the other: they do not broadcast";
        }
        isOpen = open is not null;
        return open;
    }

    /// <summary>Why carried values change their shape, or scan outputs have no known length.</summary>
    /// <param name="node">The Loop.</param>
    /// <param name="isOpen">Whether the reason is only that a rank behind the body is not known.</param>
    /// <returns>The reason, or null.</returns>
    public static string? FixedLoop(Node node, out bool isOpen)
    {
        isOpen = false;
        string? open = null;
        if (node.Attributes.Body("body") is not { } body) return "the body is missing";
        int carried = node.Inputs.Length - 2;
        for (int i = 0; i < carried && i + 1 < body.Outputs.Length; i++)
        {
            (Shape? before, Shape? after) = (node.Input(i + 2)?.Shape, body.Outputs[i + 1].Shape);
            if (before is not null && after is null)
            {
                open ??= $"carried value {i} must keep its shape; here it is {before} before and of unknown rank after";
                continue;
            }
            if (before is null || after is null || before.Rank != after.Rank)
                return $"carried value {i} must keep its shape; here it is {Of(before)} before and {Of(after)} after";
            for (int k = 0; k < before.Rank; k++)
                if (before[k] != after[k]) return $"carried value {i} must keep its shape; here it is {before} before and {after} after";
        }
        if (node.Outputs.Length > Math.Max(0, carried))
        {
            if (InputChecks.Known(node.Input(0)) is not [_]) return "scan outputs must have a known length; the trip count is computed";
            if (!LoopForm.IsAlwaysTrue(node.Input(1), body))
                return "scan outputs must have a known length; the condition may end the loop early";
        }
        isOpen = open is not null;
        return open;

        static string Of(Shape? shape) => shape?.ToString() ?? "of unknown rank";
    }

    /// <summary>
    /// Why the parser does not find a value of the body: it makes the iteration number only for a loop with a trip count below the limit,
    /// and the condition only for a loop that is given one.
    /// </summary>
    /// <returns>The reason, or null.</returns>
    public static string? LoopInputs(Node node)
    {
        if (node.Attributes.Body("body") is not { Inputs.Length: >= 2 } body) return null;
        bool counts = node.Input(0) is { } trips && InputChecks.Known(trips) is not [>= EndlessTrips];
        return !counts && LoopForm.Reads(body, body.Inputs[0]) ? "the body reads the iteration number, but the loop has no trip count"
            : node.Input(1) is null && LoopForm.Reads(body, body.Inputs[1]) ? "the body reads the condition, but the loop is given none" : null;
    }

    /// <summary>Why a body holds one of some operators.</summary>
    /// <returns>The reason, or null.</returns>
    public static string? Without(Node node, string[] operators)
    {
        foreach (Graph body in node.Attributes.Bodies())
            foreach (Node inner in body.Nodes)
            {
                if (inner.Op.Domain.Length == 0 && operators.Contains(inner.Op.Type)) return $"its body holds {inner.Label}";
                if (Without(inner, operators) is { } reason) return reason;
            }
        return null;
    }

    private static bool CanBroadcast(Shape a, Shape b)
    {
        for (int i = 1; i <= Math.Min(a.Rank, b.Rank); i++)
            if (a[^i].IsKnown && b[^i].IsKnown && a[^i] != b[^i] && !a[^i].Is(1) && !b[^i].Is(1)) return false;
        return true;
    }
}
