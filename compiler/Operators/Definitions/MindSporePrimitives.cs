namespace GraphPartition.Operators.Definitions;

/// <summary>
/// The primitives of MindSpore that implement an operator and that MindSpore's own TensorRT pass (trt_op_converter.cc) takes: the same
/// 62 from MindSpore 1.3 to 2.3.
/// </summary>
/// <param name="Names">Their names, separated by blanks; null: the operator's own.</param>
/// <param name="Refusal">Why the converters refuse a node; null, or a null answer, where they accept it.</param>
public sealed record MindSporePrimitives(string? Names = null, Func<Node, string?>? Refusal = null)
{
    /// <summary>The primitive with the operator's name.</summary>
    internal static MindSporePrimitives Same { get; } = new();

    /// <summary>Refuses a node that does not have exactly two inputs.</summary>
    internal static string? Two(Node node) =>
        node.Inputs.Length == 2 ? null : $"it has {node.Inputs.Length} inputs, its primitive has two";

    /// <summary>A node whose arguments are computed is refused.</summary>
    internal static Func<Node, string?> Known(params int[] inputs) => node =>
        inputs.FirstOrDefault(i => node.Input(i) is { IsConstant: false }, -1) is >= 0 and var input ? $"input {input} is computed" : null;

    /// <summary>A node that does not compute images is refused.</summary>
    internal static string? OfImages(Node node) => node.Output(0)?.Shape?.Rank != 4 ? "it is not of images" : null;
}
