using System.Runtime.CompilerServices;
using FsCheck;
using FsCheck.Fluent;
using GraphPartition.Partitioning.Checking;
using GraphPartition.Partitioning.Graphs;
using GraphPartition.Partitioning.Minimum;
using GraphPartition.TestModels.Graphs;
using Xunit;

namespace GraphPartition.Partitioning.Tests;

/// <summary>The example on the page for test authors, testmodels/Graphs/README.md: it compiles, passes, and fails what it should.</summary>
public class ReadmeExampleTests
{
    [Fact]
    public void It_passes_a_right_partitioner() => Example((graph, supported) =>
    {
        Partition plan = LevelPartitioner.Partition(graph, supported);
        return plan.SegmentOf.ToArray().Select(id => plan.Segments[id].IsEngine ? id : -1).ToArray();
    });

    [Fact]
    public void It_rejects_one_group_for_all_and_one_for_each_node()
    {
        Exception e = Assert.ThrowsAny<Exception>(() => Example((_, supported) => supported.Select(mark => mark ? 0 : -1).ToArray()));
        Assert.Contains("Falsifiable", e.Message, StringComparison.Ordinal);
        Assert.ThrowsAny<Exception>(() => Example((_, supported) => supported.Select((mark, node) => mark ? node : -1).ToArray()));
    }

    [Fact]
    public void The_page_shows_this_very_code()
    {
        string source = Between(File.ReadAllText(ThisFile()), "// README begins\n", "        // README ends");
        string page = File.ReadAllText(Path.Combine(Path.GetDirectoryName(ThisFile())!, "..", "..", "testmodels", "Graphs", "README.md"));
        string shown = Between(page, "```csharp\n", "```");
        Assert.Equal(string.Join('\n', source.Split('\n').Select(line => line.Length > 8 ? line[8..] : line)), shown);
    }

    private static void Example(Func<PartitionGraph, bool[], int[]> MyPartitioner)
    {
        // README begins
        Gen<int[]> codes = Gen.Choose(0, 9).SelectMany(n => Gen.ArrayOf(Gen.Choose(0, 11_999), n));
        Func<int[], IEnumerable<int[]>> shrink = ArbMap.Default.ArbFor<int[]>().Shrinker;
        Prop.ForAll(Arb.From(codes, c => shrink(c).Where(s => s.All(code => code >= 0))), c =>
        {
            MarkedGraph marked = GraphGenerators.FromCodes(c);
            int[] groupOf = MyPartitioner(marked.Graph, marked.Supported); // -1: not in a group
            int groups = groupOf.Where(group => group >= 0).Distinct().Count();
            return AcyclicityChecker.FindCycle(marked.Graph, groupOf) is null
                && groups == BruteForce.FewestEngines(marked.Graph, marked.Supported);
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(2000));
        // README ends
    }

    private static string Between(string text, string begin, string end)
    {
        int start = Math.Max(0, text.IndexOf("void Example(", StringComparison.Ordinal));
        int from = text.IndexOf(begin, start, StringComparison.Ordinal) + begin.Length;
        return text[from..text.IndexOf(end, from, StringComparison.Ordinal)];
    }

    private static string ThisFile([CallerFilePath] string path = "") => path;
}
