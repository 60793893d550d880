namespace GraphPartition.Benchmarks.RealModels;

/// <summary>A hundred English sentences: ten subjects, ten sentences about each.</summary>
internal static class Sentences
{
    private static readonly string[] Subjects =
        ["The old sailor", "A young doctor", "My neighbor", "The football team", "An engineer", "The queen", "A hungry dog", "The orchestra",
            "Our teacher", "The small company"];

    private static readonly string[] Deeds =
        ["crossed the sea in a storm", "bought fresh bread in the morning", "won the game in the last minute", "wrote a letter to the mayor",
            "repaired the broken bridge", "played music until midnight", "slept under a tree in the garden", "lost the key to the house",
            "learned to speak three languages", "sold the car for a good price"];

    /// <summary>All of them.</summary>
    public static IReadOnlyList<string> All { get; } = [.. Subjects.SelectMany(s => Deeds.Select(d => $"{s} {d}."))];
}
