namespace GraphPartition.TestSupport;

/// <summary>A text that is not in the text form of graphs.</summary>
public sealed class TextFormException(int line, int column, string message) : FormatException($"({line},{column}): {message}")
{
    /// <summary>The line, from 1.</summary>
    public int Line { get; } = line;
}
