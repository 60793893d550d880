namespace GraphPartition.Ir.Graphs;

/// <summary>
/// Makes the tables of operator-set versions by domain that models and functions have. The standard domain is the empty
/// string.
/// </summary>
public static class OpsetVersions
{
    /// <summary>No domain.</summary>
    public static readonly ImmutableSortedDictionary<string, int> None =
        ImmutableSortedDictionary.Create<string, int>(StringComparer.Ordinal);

    /// <summary>The standard domain alone.</summary>
    /// <param name="version">Its version.</param>
    public static ImmutableSortedDictionary<string, int> Standard(int version) => None.Add("", version);
}
