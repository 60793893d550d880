namespace GraphPartition.Operators.Definitions;

/// <summary>
/// How an operator computes in a 16-bit format. The schemas list the inputs and outputs that may have the type. This adds those that must
/// not, and what loses numbers. Sources: the lists of TensorFlow's grappler, PyTorch's autocast and OpenVINO's precision marks, and
/// measurements on trained models.
/// </summary>
public sealed record LowPrecision
{
    /// <summary>Safe in both formats; it takes the precision of its neighbors.</summary>
    public static LowPrecision Follows { get; } = new();

    /// <summary>A convolution or a matrix product: hardware computes it faster in 16 bits and sums in FP32.</summary>
    public static LowPrecision Faster { get; } = new() { IsFaster = true };

    /// <summary>Whether a conversion pays for this operator alone. Other operators become 16 bits only next to such operators.</summary>
    public bool IsFaster { get; init; }

    /// <summary>Inputs that keep FP32 next to 16-bit data, for instance the scales of a Resize.</summary>
    public ImmutableArray<int> FullInputs { get; init; } = [];

    /// <summary>
    /// Inputs where each constant number counts: a bound, a threshold, an exponent, a divisor. A number that the format loses there
    /// changes the meaning of the node.
    /// </summary>
    public ImmutableArray<int> ExactInputs { get; init; } = [];

    /// <summary>The input by which is divided; null: none. A divisor that becomes 0 makes infinities.</summary>
    public int? Divisor { get; init; }

    /// <summary>
    /// What the node may lose in a format, as the end of "it stays in FP32, because ..."; null: nothing that is known before a run.
    /// </summary>
    public Func<Node, LowFormat, string?>? Risk { get; init; }

    /// <summary>
    /// What the narrow range of FP16 does to the results, unless the numbers of a run show that they fit; null: nothing.
    /// </summary>
    public string? RangeRisk { get; init; }

    /// <summary>An operator that is safe where the range is that of FP32, and not in FP16, whatever its results are.</summary>
    /// <param name="reason">What the narrow range does inside it.</param>
    public static LowPrecision NotNarrow(string reason) => new() { Risk = (_, format) => format.IsNarrow ? reason : null };
}
