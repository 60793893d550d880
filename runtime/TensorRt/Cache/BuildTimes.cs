using System.Globalization;

namespace GraphPartition.TensorRt.Cache;

/// <summary>How long builds take, from those whose engines are in a cache: an estimate for display.</summary>
public sealed class BuildTimes
{
    /// <summary>The names of the properties of an entry that the estimate reads.</summary>
    public const string Milliseconds = "milliseconds", Nodes = "nodes";

    private const int MostEntries = 500; // the last used; more of them would only take time to read
    private const double Alike = 2; // so many times more or fewer nodes

    private readonly List<(int Nodes, double Milliseconds)> _builds = [];

    /// <summary>Reads the times of a cache.</summary>
    /// <param name="cache">The cache.</param>
    /// <param name="isAlike">Whether the properties of an entry are those of the same release, device and precision.</param>
    public BuildTimes(EngineCache cache, Func<IReadOnlyDictionary<string, string>, bool> isAlike)
    {
        foreach (EngineCacheEntry entry in cache.List().TakeLast(MostEntries))
            if (Number(entry, Milliseconds) is { } time && Number(entry, Nodes) is { } nodes and > 0 && isAlike(entry.Properties))
                _builds.Add(((int)nodes, time));
    }

    /// <summary>The median time of builds of groups with about as many nodes; null if there were none.</summary>
    /// <param name="nodes">The nodes of the group.</param>
    public TimeSpan? Of(int nodes)
    {
        double[] times = [.. _builds.Where(b => b.Nodes <= nodes * Alike && nodes <= b.Nodes * Alike).Select(b => b.Milliseconds).Order()];
        return times.Length == 0 ? null : TimeSpan.FromMilliseconds(times[times.Length / 2]);
    }

    private static double? Number(EngineCacheEntry entry, string name) =>
        entry.Properties.TryGetValue(name, out string? text)
            && double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) ? number : null;
}
