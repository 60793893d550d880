using GraphPartition.Foundation;

namespace GraphPartition.Operators.Tests.Support;

/// <summary>A model about which the table and a library do not agree.</summary>
/// <param name="Model">The model.</param>
/// <param name="Release">The release of the library.</param>
/// <param name="No">The first no of the table; a yes if the table takes the model and the library does not.</param>
public sealed record Disagreement(VerdictModel Model, TensorRtRelease Release, Verdict No)
{
    /// <summary>Whether the table takes the model and the library does not.</summary>
    public bool IsClaim => No.IsYes;

    /// <inheritdoc/>
    public override string ToString() => IsClaim
        ? $"{Release.ShortName}: the table takes {Model.Name}; the library: {Model.Text}"
        : $"{Release.ShortName}: the library takes {Model.Name}; the table: {No.Reason} [{No.Rule}]";
}
