namespace GraphPartition.Ir.Text;

/// <summary>How much <see cref="GraphPrinter"/> prints.</summary>
/// <param name="FullElements">Tensors of at most so many elements are printed in full, larger ones as their digest.</param>
/// <param name="Metadata">Whether doc strings and metadata are printed.</param>
public sealed record PrintOptions(long FullElements = 16, bool Metadata = true)
{
    /// <summary>Small tensors in full, larger ones as digests, with metadata.</summary>
    public static PrintOptions Default { get; } = new();

    /// <summary>Everything in full: what is printed parses back to an equal model.</summary>
    public static PrintOptions Full { get; } = new(long.MaxValue);

    /// <summary>Strings of at most so many bytes are printed in full, longer ones (engines, for instance) as a digest.</summary>
    public long FullBytes => FullElements > 1 << 20 ? FullElements : 256 + FullElements;
}
