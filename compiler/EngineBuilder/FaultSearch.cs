namespace GraphPartition.EngineBuilder;

/// <summary>
/// Finds the node that makes the build of a group fail: the last node of the shortest prefix that fails. A group's nodes are in
/// topological order, so every prefix is a group too. The empty prefix builds and the whole group does not, so some prefix builds while
/// the next longer one fails; bisection finds it in log2(n) builds. Nodes that TensorRT's messages name come first, at two builds each.
/// </summary>
public static class FaultSearch
{
    private const int MostSuspects = 3;

    /// <summary>The place of the node in the group.</summary>
    /// <param name="count">The number of nodes of the group, which fails.</param>
    /// <param name="suspects">Places of nodes to try first, for instance those that TensorRT's messages name.</param>
    /// <param name="builds">Whether a group of that many first nodes is good: the parser accepts it, it builds, or its numbers are right.</param>
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
