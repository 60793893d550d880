namespace GraphPartition.Serving.Models;

/// <summary>A model that the server knows: the versions that are ready, and why others are not.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Versions">The versions that are ready.</param>
/// <param name="Faults">For each version that could not be loaded, the reason. Version 0 stands for the whole model.</param>
internal sealed record ServedModel(
    string Name, ImmutableSortedDictionary<long, ModelVersion> Versions, ImmutableSortedDictionary<long, string> Faults)
{
    public static ServedModel Unloaded(string name, string reason) => new(
        name, ImmutableSortedDictionary<long, ModelVersion>.Empty, ImmutableSortedDictionary<long, string>.Empty.Add(0, reason));

    /// <summary>What the protocol's index shows.</summary>
    public IEnumerable<IndexEntry> Index() =>
        Versions.Keys.Select(v => new IndexEntry(Name, $"{v}", "READY", ""))
            .Concat(Faults.Where(f => !Versions.ContainsKey(f.Key))
                .Select(f => new IndexEntry(Name, f.Key == 0 ? "" : $"{f.Key}", "UNAVAILABLE", f.Value)));
}

/// <summary>A line of the index.</summary>
/// <param name="Name">The model.</param>
/// <param name="Version">The version; empty: the model as a whole.</param>
/// <param name="State">READY or UNAVAILABLE.</param>
/// <param name="Reason">Why it is not ready.</param>
internal sealed record IndexEntry(string Name, string Version, string State, string Reason);
