using System.Collections.Frozen;

namespace GraphPartition.Runtime.Batching.Proof;

/// <summary>The table: operators through which rows can be followed. An operator that is not in it is not batched.</summary>
internal static class BatchRules
{
    private static readonly FrozenDictionary<OpName, BatchRule> Table = new[]
    {
        Pointwise.Rules, AlongAxis.Rules, Reductions.Rules, Normalizations.Rules, Samples.Rules, Products.Rules, Moves.Rules, Shaping.Rules,
        Selections.Rules, Sizes.Rules, Resizing.Rules, Quantization.Rules, Recurrent.Rules, Attentions.Rules, Flow.Rules, WholeBatch.Rules,
    }.SelectMany(rules => rules).ToFrozenDictionary(r => r.Operator);

    /// <summary>The rule of an operator; null where there is none.</summary>
    public static BatchRule? Find(OpName op) => Table.GetValueOrDefault(op);
}
