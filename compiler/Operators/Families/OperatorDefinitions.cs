
namespace GraphPartition.Operators.Families;

/// <summary>The definitions of all operators. They are built at the first use, without the schemas. Thread-safe.</summary>
public static class OperatorDefinitions
{
    private static readonly Dictionary<OpName, OperatorDefinition> Table = new[]
    {
        Attention.Family, Axes.Family, Casting.Family, Contrib.Family, ControlFlow.Family, Convolution.Family,
        Elementwise.Family, Indexing.Family, Joining.Family, Losses.Family, MachineLearning.Family, MatrixMultiply.Family,
        Normalization.Family, Pooling.Family, Quantization.Family, RandomNumbers.Family, Recurrent.Family, Reduction.Family,
        Reshaping.Family, Resizing.Family, Sequences.Family, Signal.Family, Slicing.Family, Text.Family,
    }.SelectMany(family => family).ToDictionary(d => d.Name);

    /// <summary>All definitions, in no particular order.</summary>
    public static IReadOnlyCollection<OperatorDefinition> All => Table.Values;

    /// <summary>The definition of an operator.</summary>
    /// <param name="op">The operator.</param>
    /// <returns><see cref="OperatorDefinition.Unknown"/> where there is none: every facet has the safe answer.</returns>
    public static OperatorDefinition Of(OpName op) => Table.GetValueOrDefault(op, OperatorDefinition.Unknown);
}
