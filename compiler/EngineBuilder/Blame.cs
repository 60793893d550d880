using GraphPartition.Operators;

namespace GraphPartition.EngineBuilder;

/// <summary>
/// Why a node moves to the fallback, with the evidence that this node is at fault. A node never moves on a suspicion: that would split
/// engines, and the next build would fail again.
/// </summary>
/// <param name="By">What refuses the node: <see cref="Parser"/>, <see cref="Build"/> or <see cref="Bounds"/>.</param>
/// <param name="Cause">The reason. Nodes with equal causes share one warning.</param>
/// <param name="Evidence">What shows that this node is at fault.</param>
internal sealed record Blame(string By, string Cause, string Evidence)
{
    /// <summary>The installed parser refuses the node.</summary>
    public const string Parser = "parser";

    /// <summary>No engine can be built with the node.</summary>
    public const string Build = "build";

    /// <summary>The node needs sizes or values that have no range.</summary>
    public const string Bounds = "bounds";

    /// <summary>The rule of verdicts about sizes or values that have no range.</summary>
    public const string BoundsRule = OperatorTable.UnboundedRule;

    /// <summary>The rule of verdicts about a build that fails.</summary>
    public const string BuildRule = "engine build";

    /// <summary>Evidence: the parser reports the node's place.</summary>
    public const string Named = "the parser names the node";

    /// <summary>Evidence: no opset that the parser takes has this form of the operator.</summary>
    public const string Inexpressible = "no opset of this parser can express the node";

    /// <summary>Evidence: a group of this node only is refused.</summary>
    public const string Alone = "the parser refuses the node alone";

    /// <summary>Evidence: the last node of the shortest refused prefix of a group.</summary>
    public const string FirstRefused = "the parser accepts the nodes before it, and refuses them with it";

    /// <summary>Evidence: the last node of the shortest prefix of a group that cannot be built.</summary>
    public const string FirstFailing = "the nodes before it build, and with it they do not";

    /// <summary>Evidence: the node uses a value whose sizes have no range, or what follows from it.</summary>
    public const string Behind = "it uses a value without a range";

    /// <summary>The verdict for the plan.</summary>
    public Verdict No => Verdict.No($"{Cause} ({Evidence})", By switch
    {
        Parser => "installed parser",
        Bounds => BoundsRule,
        _ => BuildRule,
    });
}
