using GraphPartition.Operators.Analysis;

namespace GraphPartition.Compiler.Passes.Elimination;

/// <summary>
/// Removes ways from floats to integers and back, for floats x that are whole numbers already (<see cref="WholeNumbers"/>):
/// Cast(Cast(x, T), f32) = x and DequantizeLinear(QuantizeLinear(x, 1, 0), 1, 0) = x if T holds all of x; Sub(Add(x, c), c) = x if
/// x and x + c stay within 2^24, where f32 is exact. Expanded operators on quantized tensors meet in such pairs.
/// </summary>
public sealed class MergeRoundTrips() : NodePass("Cast", "DequantizeLinear", "Sub")
{
    private const int MostElements = 1 << 16; // of constants that are compared

    /// <inheritdoc/>
    protected override bool Repeats => true;

    /// <inheritdoc/>
    protected override Func<Node, bool> Start(RewriteContext rewrite)
    {
        var whole = new WholeNumbers(rewrite.Source);
        var firsts = new ValueMap<Node>(); // what may be the first of two, by result: to find all users takes longer than this pass
        return node =>
        {
            if (node.Version != 0) return false;
            if ((node.Op.Is("Cast") || node.Op.Is("QuantizeLinear") || node.Op.Is("Add")) && node.Output(0) is { } output)
                firsts.Place(output) = node;
            return node.Input(0) is { } middle && firsts[middle] is { } first
                && node.Output(0) is { ElementType: ElementType.Float32 } result && Origin(node, first, middle, whole) is { } origin
                && rewrite.TryReplace(result, rewrite.Map(origin));
        };
    }

    /// <summary>The value that the two nodes give back; null: they change it.</summary>
    private static Value? Origin(Node node, Node first, Value middle, WholeNumbers whole)
    {
        if (first.Input(0) is not { ElementType: ElementType.Float32 } x) return null;
        if (node.Op.Is("Cast") && first.Op.Is("Cast")) return whole.AreHeld(x, middle.ElementType) ? x : null;
        if (node.Op.Is("DequantizeLinear") && first.Op.Is("QuantizeLinear"))
            return WholeNumbers.IsCast(node) && WholeNumbers.IsCast(first) && whole.AreHeld(x, middle.ElementType) ? x : null;
        if (!node.Op.Is("Sub") || !first.Op.Is("Add") || node.Input(1) is not { } minus) return null;
        for (int i = 0; i < 2; i++)
            if (first.Input(1 - i) is { } plus && AreEqual(plus, minus) && first.Input(i) is { } kept && kept.Type.Equals(middle.Type)
                && whole.Of(kept) is { } range && whole.Of(minus) is { } shift && range.Plus(shift) is { } sum
                && WholeNumbers.IsExact(range) && WholeNumbers.IsExact(sum)) return kept;
        return null;
    }

    private static bool AreEqual(Value a, Value b) => a == b || (a.Data is { ElementCount: <= MostElements } x && b.Data is { } y
        && a.Type.Equals(b.Type) && x.Bytes.Span.SequenceEqual(y.Bytes.Span));
}
