namespace GraphPartition.Operators.Batching;

/// <summary>A node as its rule sees it: with the facts of its inputs.</summary>
/// <param name="node">The node.</param>
/// <param name="walk">The walk that the rule is part of.</param>
public sealed class BatchNode(Node node, IBatchWalk walk)
{
    /// <summary>The node.</summary>
    public Node Node => node;

    /// <summary>The attributes.</summary>
    public AttributeMap Attributes => node.Attributes;

    /// <summary>The walk, which follows bodies too.</summary>
    public IBatchWalk Walk => walk;

    /// <summary>The number of inputs, those that are left out too.</summary>
    public int InputCount => node.Inputs.Length;

    /// <summary>What is the same for every batch and has this rank, or one that is not known (-1).</summary>
    public BatchFact OfRank(int rank) => BatchFact.Fixed(rank < 0 ? default : [.. Enumerable.Range(0, rank).Select(_ => Fresh())]);

    /// <summary>Whether an input is given.</summary>
    public bool Has(int input) => node.Input(input) is not null;

    /// <summary>What is known of an input; of one that is left out, nothing that would matter.</summary>
    public BatchFact In(int input) => node.Input(input) is { } value ? walk[value] : BatchFact.Fixed();

    /// <summary>The facts of the inputs that are given.</summary>
    public IEnumerable<BatchFact> Inputs => node.Inputs.OfType<Value>().Select(v => walk[v]);

    /// <summary>A size of which nothing is known but that it is the same for every batch.</summary>
    public Extent Fresh() => walk.Fresh();

    /// <summary>An axis counted from the front; null where the rank is not known or has no such axis.</summary>
    public static int? Axis(long axis, int rank) => rank < 0 || axis < -rank || axis >= rank ? null : (int)(axis < 0 ? axis + rank : axis);

    /// <summary>An axis given as an attribute.</summary>
    /// <param name="name">The attribute.</param>
    /// <param name="otherwise">What it is where it is missing.</param>
    /// <param name="rank">The rank that it counts in.</param>
    public int? Axis(string name, long otherwise, int rank) => Axis(Attributes.Int(name, otherwise), rank);

    /// <summary>Integers given as an attribute or, in newer opsets, as a constant input.</summary>
    /// <param name="name">The attribute.</param>
    /// <param name="input">The input.</param>
    /// <param name="given">Whether they are given at all.</param>
    /// <returns>Null where they are given and not known.</returns>
    public long[]? Integers(string name, int input, out bool given)
    {
        ImmutableArray<long> attribute = Attributes.Ints(name);
        given = !attribute.IsDefault || Has(input);
        if (!attribute.IsDefault) return [.. attribute];
        if (!Has(input)) return [];
        return In(input).Numbers;
    }

    /// <summary>The first of some inputs that is not the same for every batch, as a reason; null where there is none.</summary>
    /// <param name="inputs">The inputs.</param>
    public string? WhyNotFixed(params ReadOnlySpan<int> inputs)
    {
        foreach (int i in inputs)
            if (!In(i).IsFixed) return $"its input {i} depends on the batch";
        return null;
    }

    /// <summary>
    /// Why an input does not go with rows along an axis when both are broadcast together: it has rows along another axis, or tells one
    /// row from another by its place. Null where it does.
    /// </summary>
    /// <param name="fact">The input.</param>
    /// <param name="axis">The axis of the rows in the result; -1: it has none.</param>
    /// <param name="rank">The rank of the result.</param>
    public static string? WhyNotAligned(BatchFact fact, int axis, int rank)
    {
        if (fact.Rank < 0) return axis < 0 ? null : "the rank of an input is not known";
        int at = axis - (rank - fact.Rank); // axes count from the back
        if (fact.HasRows) return at == fact.Axis ? null : "it puts rows along different axes together";
        return axis < 0 || at < 0 || fact.Dims[at].Is(1) ? null : "an input has a size of its own along the axis of the batch";
    }

    /// <summary>The sizes of tensors that are broadcast together.</summary>
    public ImmutableArray<Extent> Broadcast(IReadOnlyCollection<BatchFact> facts, int rank)
    {
        var dims = new Extent[rank];
        for (int i = 0; i < rank; i++)
        {
            int fromBack = rank - i;
            Extent[] sizes = [.. facts.Where(f => f.Rank >= fromBack).Select(f => f.Dims[^fromBack]).Where(d => !d.Is(1)).Distinct()];
            // Sizes that differ are one size under two names, or one of them is 1.
            dims[i] = sizes.Length switch { 0 => 1, 1 => sizes[0], _ => sizes.FirstOrDefault(s => s.HasBatch || s.IsNumber, Fresh()) };
        }
        return [.. dims];
    }
}
