namespace GraphPartition.Partitioning.Constraints;

/// <summary>What a user may ask of engines beyond "as few as possible". Nodes are numbers of the graph.</summary>
public sealed record PartitionConstraints
{
    /// <summary>An engine has at least so many nodes; smaller ones fall back.</summary>
    public int MinNodes { get; init; } = 1;

    /// <summary>An engine does at least so many operations by <see cref="FlopsOf"/>; smaller ones fall back.</summary>
    public long MinFlops { get; init; }

    /// <summary>
    /// An engine gains at least so much: <see cref="ProfitOf"/> of its nodes less <see cref="Costs"/>; others fall back.
    /// </summary>
    public double MinProfit { get; init; } = double.NegativeInfinity;

    /// <summary>There are at most so many engines: the most profitable, reckoned like <see cref="MinProfit"/>, stay.</summary>
    public int MaxEngines { get; init; } = int.MaxValue;

    /// <summary>An engine has at most so many nodes; larger ones are cut.</summary>
    public int MaxNodes { get; init; } = int.MaxValue;

    /// <summary>An engine has at most so many bytes of weights by <see cref="WeightBytesOf"/>; larger ones are cut.</summary>
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

    /// <summary>
    /// For each node its class (precision, kind of dynamic shape); an engine holds one class. Empty: one class.
    /// </summary>
    public ReadOnlyMemory<int> ClassOf { get; init; }

    /// <summary>For each node its operations. Empty: none.</summary>
    public ReadOnlyMemory<long> FlopsOf { get; init; }

    /// <summary>For each node the bytes of its weights. Empty: none.</summary>
    public ReadOnlyMemory<long> WeightBytesOf { get; init; }

    /// <summary>For each node what an engine gains by it. Empty: every node gains 1.</summary>
    public ReadOnlyMemory<double> ProfitOf { get; init; }

    /// <summary>What an engine costs apart from its nodes.</summary>
    public EngineCosts Costs { get; init; }

    /// <summary>What messages call a node.</summary>
    public Func<int, string> NameOf { get; init; } = node => $"node {node}";

    /// <summary>Whether the fewest engines stay possible, so that boundaries can be chosen freely.</summary>
    internal bool LeavesLevelsFree =>
        !Connected && ClassOf.IsEmpty && MaxNodes == int.MaxValue && MaxWeightBytes == long.MaxValue;
}

/// <summary>Nodes that go into one engine together, or fall back together.</summary>
/// <param name="Name">What messages call the unit.</param>
/// <param name="Nodes">Its nodes.</param>
public sealed record AtomicUnit(string Name, IReadOnlyList<int> Nodes);

/// <summary>What an engine costs apart from its nodes, in the unit of the profit.</summary>
/// <param name="Call">Each engine.</param>
/// <param name="Tensor">Each tensor that enters or leaves it.</param>
/// <param name="Byte">Each byte of such tensors.</param>
public readonly record struct EngineCosts(double Call, double Tensor, double Byte);
