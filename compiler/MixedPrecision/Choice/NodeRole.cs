namespace GraphPartition.MixedPrecision.Choice;

/// <summary>What a node is for the choice of precision.</summary>
internal enum NodeRole
{
    /// <summary>It has no FP32 tensor, or reads only the shape of one: either type will do.</summary>
    Neutral,
    /// <summary>
    /// Its own tensors keep their types: If, Loop and Scan, whose bodies are converted by themselves, and Casts from or to whole numbers.
    /// </summary>
    KeepsTypes,
    /// <summary>It stays in FP32.</summary>
    Full,
    /// <summary>It becomes 16 bits.</summary>
    Faster,
    /// <summary>It takes the precision that needs the fewest Casts.</summary>
    Follows,
    /// <summary>A Cast from another type to FP32: the 16-bit form is a Cast from the same source.</summary>
    CastFromOther,
    /// <summary>A Cast from the format to FP32 that the model has: its source is the 16-bit form.</summary>
    CastFromLow,
    /// <summary>A Cast from FP32 to the format that the model has: it becomes the 16-bit form.</summary>
    CastToLow,
}

/// <summary>Which inputs and outputs of a node get the 16-bit type.</summary>
internal sealed record NodeForm(bool[] Inputs, bool[] Outputs);

/// <summary>What was decided about a node by itself.</summary>
/// <param name="Role">What it is.</param>
/// <param name="Form">Its 16-bit form; null where it has none.</param>
/// <param name="Reason">Why it stays in FP32; null where it need not.</param>
/// <param name="IsByConstant">Whether a constant is the reason.</param>
internal readonly record struct NodeChoice(NodeRole Role, NodeForm? Form = null, string? Reason = null, bool IsByConstant = false)
{
    public static NodeChoice Full(string reason) => new(NodeRole.Full, null, reason);
}
