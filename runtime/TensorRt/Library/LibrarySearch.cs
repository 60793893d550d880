using GraphPartition.Foundation;

namespace GraphPartition.TensorRt.Library;

/// <summary>The outcome of a search for TensorRT: the library, or why there is none.</summary>
/// <param name="Library">The library; null where none can be used.</param>
/// <param name="Attempts">What was tried, in order.</param>
/// <param name="Problem">Why there is no library, with the remedy; null where there is one.</param>
public sealed record LibrarySearch(TensorRtLibrary? Library, IReadOnlyList<LibraryAttempt> Attempts, Diagnostic? Problem);

/// <summary>One file that was tried.</summary>
/// <param name="Path">The file, or a bare name that the loader was asked for.</param>
/// <param name="Version">What it says it is, where it could be loaded.</param>
/// <param name="Outcome">"used", or why not.</param>
public sealed record LibraryAttempt(string Path, TensorRtVersion? Version, string Outcome)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Path}{(Version is { } v ? $" ({v})" : "")}: {Outcome}";
}
