using System.Text.RegularExpressions;

namespace GraphPartition.EngineBuilder;

/// <summary>First guesses of a search for a node at fault. A guess only saves time: the search tries it before it counts.</summary>
internal static partial class Suspects
{
    /// <summary>
    /// Nodes of a group whose names are in TensorRT's messages, longest names first, because a short name may be part of a longer one.
    /// Then nodes whose operators are in them, for instance in the name of the parser's function <c>importScatterElements</c>.
    /// </summary>
    /// <param name="nodes">The nodes of the group.</param>
    /// <param name="messages">TensorRT's messages.</param>
    /// <returns>Places in <paramref name="nodes"/>, without repetition.</returns>
    public static IEnumerable<int> In(IReadOnlyList<Node> nodes, string messages)
    {
        HashSet<string> words = [.. Word().Matches(messages).Select(m => m.Value)];
        IEnumerable<int> named = Enumerable.Range(0, nodes.Count)
            .Where(i => nodes[i].Name.Length > 0 && messages.Contains(nodes[i].Name, StringComparison.Ordinal))
            .OrderByDescending(i => nodes[i].Name.Length);
        IEnumerable<int> ofOperator = Enumerable.Range(0, nodes.Count)
            .Where(i => words.Contains(nodes[i].Op.Type) || words.Contains($"import{nodes[i].Op.Type}"));
        return named.Concat(ofOperator).Distinct();
    }

    [GeneratedRegex(@"\w+")]
    private static partial Regex Word();
}
