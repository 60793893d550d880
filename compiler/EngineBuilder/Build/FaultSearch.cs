namespace GraphPartition.EngineBuilder.Build;

/// <summary>
/// Finds the node at which a group cannot be built: the last of the shortest prefix that fails. A group's nodes stand in
/// topological order, so every prefix is a group too; the empty one builds and the whole one does not, hence there is a step from
/// one to the other, and halving finds it in log2(n) builds. Nodes that the log names are tried first: two builds.
/// </summary>
internal static class FaultSearch
{
    private const int MostSuspects = 3;

    /// <summary>The place of the node in the group.</summary>
    /// <param name="count">The number of nodes of the group, which fails.</param>
    /// <param name="suspects">Places of nodes that TensorRT's messages name.</param>
    /// <param name="builds">Whether the group of the first so many nodes builds.</param>
    public static int Find(int count, IEnumerable<int> suspects, Func<int, bool> builds)
    {
        int good = 0, bad = count;
        foreach (int suspect in suspects.Take(MostSuspects))
        {
            if (suspect < good || suspect >= bad) continue;
            if (!Try(suspect)) continue;
            if (!Try(suspect + 1)) return suspect;
        }
        while (bad - good > 1) Try(good + (bad - good) / 2);
        return bad - 1;

        bool Try(int length)
        {
            if (length <= good) return true;
            if (length >= bad) return false;
            bool fine = builds(length);
            if (fine) good = length;
            else bad = length;
            return fine;
        }
    }
}
