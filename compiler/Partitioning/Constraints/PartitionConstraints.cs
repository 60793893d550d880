namespace GraphPartition.Partitioning.Constraints;

/// <summary>Constraints on engines, beyond "as few as possible". Nodes are numbers of the graph.</summary>
public sealed record PartitionConstraints
{
    /// <summary>The least number of nodes of an engine; smaller ones fall back.</summary>
    public int MinNodes { get; init; } = 1;

    /// <summary>The least number of operations of an engine by <see cref="FlopsOf"/>; smaller ones fall back.</summary>
    public long MinFlops { get; init; }

    /// <summary>
    /// The least profit of an engine: the sum of <see cref="ProfitOf"/> over its nodes minus its <see cref="Costs"/>; others fall back.
    /// </summary>
    public double MinProfit { get; init; } = double.NegativeInfinity;

    /// <summary>The largest number of engines; those with the largest profit (see <see cref="MinProfit"/>) stay.</summary>
    public int MaxEngines { get; init; } = int.MaxValue;

    /// <summary>The largest number of nodes of an engine; larger ones are cut.</summary>
    public int MaxNodes { get; init; } = int.MaxValue;

    /// <summary>The largest number of weight bytes of an engine by <see cref="WeightBytesOf"/>; larger ones are cut.</summary>
    public long MaxWeightBytes { get; init; } = long.MaxValue;

    /// <summary>Whether the nodes of an engine must be connected by edges.</summary>
    public bool Connected { get; init; }

    /// <summary>Sets of nodes that go into one engine together, or fall back together.</summary>
    public IReadOnlyList<AtomicUnit> AtomicUnits { get; init; } = [];

    /// <summary>Nodes that must be in an engine, whatever its size and profit.</summary>
    public IReadOnlyList<int> Included { get; init; } = [];

    /// <summary>Nodes that fall back although they are supported.</summary>
    public IReadOnlyList<int> Excluded { get; init; } = [];

    /// <summary>Nodes that fall back together with everything that depends on them.</summary>
    public IReadOnlyList<int> StopAt { get; init; } = [];

    /// <summary>For each node its class (precision, kind of dynamic shape); an engine holds one class. Empty: one class.</summary>
    public ReadOnlyMemory<int> ClassOf { get; init; }

    /// <summary>For each node its arithmetic operations. Empty: 0 for all.</summary>
    public ReadOnlyMemory<long> FlopsOf { get; init; }

    /// <summary>For each node the bytes of its weights. Empty: 0 for all.</summary>
    public ReadOnlyMemory<long> WeightBytesOf { get; init; }

    /// <summary>For each node its profit in an engine, in any unit. Empty: 1 for all.</summary>
    public ReadOnlyMemory<double> ProfitOf { get; init; }

    /// <summary>The costs of an engine itself.</summary>
    public EngineCosts Costs { get; init; }

    /// <summary>The name of a node in messages.</summary>
    public Func<int, string> NameOf { get; init; } = node => $"node {node}";

    /// <summary>Whether the fewest engines stay possible, so that boundaries can be chosen freely.</summary>
    internal bool LeavesLevelsFree =>
        !Connected && ClassOf.IsEmpty && MaxNodes == int.MaxValue && MaxWeightBytes == long.MaxValue;
}

/// <summary>Nodes that go into one engine together, or fall back together.</summary>
/// <param name="Name">The name of the unit in messages.</param>
/// <param name="Nodes">Its nodes.</param>
public sealed record AtomicUnit(string Name, IReadOnlyList<int> Nodes);

/// <summary>The costs of an engine itself, in the unit of the profit.</summary>
/// <param name="Call">The cost of each engine.</param>
/// <param name="Tensor">The cost of each tensor that enters or leaves it.</param>
/// <param name="Byte">The cost of each byte of such tensors.</param>
public readonly record struct EngineCosts(double Call, double Tensor, double Byte);
