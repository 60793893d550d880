using GraphPartition.Ir.Graphs;
using GraphPartition.Ir.Types;

namespace GraphPartition.TestModels.Layers;

/// <summary>The options of a network; null: as in its paper.</summary>
public sealed record NetworkOptions
{
    /// <summary>How many samples a run takes; a symbol ("batch") leaves it open.</summary>
    public Dim Batch { get; init; } = 1;

    /// <summary>Height and width of the images.</summary>
    public int? Image { get; init; }

    /// <summary>How many tokens a text has.</summary>
    public int? Sequence { get; init; }

    /// <summary>Which weights: the same seed gives the same bytes on every machine.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>Infers types. Layers declare what they know, so that a network has types even where these know nothing.</summary>
    public IOperatorRules Rules { get; init; } = DeclaredTypes.Instance;
}
