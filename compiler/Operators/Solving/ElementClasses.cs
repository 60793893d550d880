using System.Numerics;

namespace GraphPartition.Operators.Solving;

/// <summary>
/// Classes of values that have one element type, by union-find. Each class has a set of candidates: bit e for tensors of element type e,
/// bit 0 for everything that is not a dense tensor. Uniting two classes or restricting one intersects sets. A single candidate is a proof.
/// </summary>
internal sealed class ElementClasses
{
    /// <summary>Nothing is known.</summary>
    public const uint Any = uint.MaxValue;

    /// <summary>Everything that is not a dense tensor.</summary>
    public const uint NoTensor = 1;

    private readonly int[] _parent;
    private readonly uint[] _candidates;
    private readonly int[] _reason; // the node that narrowed the candidates last; -1: they come from the values' own types

    public ElementClasses(ValueTable values)
    {
        _parent = new int[values.ValueCount];
        _candidates = new uint[_parent.Length];
        _reason = new int[_parent.Length];
        for (int i = 0; i < _parent.Length; i++)
        {
            _parent[i] = i;
            _candidates[i] = Of(values[i].Type);
            _reason[i] = -1;
        }
    }

    /// <summary>The element type of a value, or undefined if there is more than one candidate.</summary>
    public ElementType this[int value] => _candidates[Find(value)] is var set && BitOperations.IsPow2(set) && set != NoTensor
        ? (ElementType)BitOperations.Log2(set) : ElementType.Undefined;

    /// <summary>Keeps only these candidates.</summary>
    /// <returns>The contradiction, or null.</returns>
    public Clash? Restrict(int value, uint candidates, int node)
    {
        int root = Find(value);
        uint old = _candidates[root], both = old & candidates;
        if (both == old) return null;
        if (both == 0) return Contradict(value, node, candidates, _reason[root], old);
        _candidates[root] = both;
        _reason[root] = node;
        return null;
    }

    /// <summary>Records that two values have one type.</summary>
    /// <returns>The contradiction, or null.</returns>
    public Clash? Unite(int a, int b, int node)
    {
        int x = Find(a), y = Find(b);
        if (x == y) return null;
        uint both = _candidates[x] & _candidates[y];
        if (both == 0)
            return _reason[x] >= 0 ? Contradict(a, node, _candidates[y], _reason[x], _candidates[x], b)
                : Contradict(b, node, _candidates[x], _reason[y], _candidates[y], a);
        int reason = _candidates[x] != _candidates[y] ? node : Math.Max(_reason[x], _reason[y]);
        if (x > y) (x, y) = (y, x); // values are numbered along paths, so the depth stays small together with halving
        _parent[y] = x;
        _candidates[x] = both;
        _reason[x] = reason;
        return null;
    }

    // A schema may name one type for values that are not tensors and differ, for instance an optional and its content.
    private static Clash? Contradict(int value, int node, uint here, int otherNode, uint there, int like = -1) =>
        ((here | there) & NoTensor) == 0 ? new Clash(value, node, here, otherNode, there, like) : null;

    private static uint Of(IrType type) => type switch
    {
        UnknownType => Any,
        TensorType { Element: ElementType.Undefined } => Any & ~NoTensor,
        TensorType tensor => 1u << (int)tensor.Element,
        _ => NoTensor,
    };

    private int Find(int value)
    {
        while (_parent[value] != value) value = _parent[value] = _parent[_parent[value]];
        return value;
    }
}

/// <summary>Two nodes need different element types of one value.</summary>
/// <param name="Value">The value.</param>
/// <param name="Node">One node.</param>
/// <param name="Candidates">The types that it accepts.</param>
/// <param name="OtherNode">The other node; -1: the value's own type.</param>
/// <param name="OtherCandidates">The types that the other node accepts.</param>
/// <param name="Like">The value that must have the same type at the node; -1: there is none.</param>
internal readonly record struct Clash(int Value, int Node, uint Candidates, int OtherNode, uint OtherCandidates, int Like);
