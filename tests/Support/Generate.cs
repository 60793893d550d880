using FsCheck;
using FsCheck.Fluent;
using GraphPartition.TestModels.Graphs;
using GraphPartition.TestModels.Layers;

namespace GraphPartition.TestSupport;

/// <summary>Small graphs for FsCheck, as lists of integers: shrinking drops nodes, edges and colors one by one.</summary>
public static class Generate
{
    /// <summary>Code lists of up to <paramref name="nodes"/> nodes; see <see cref="GraphGenerators.FromCodes"/>.</summary>
    public static Arbitrary<int[]> Codes(int nodes)
    {
        Gen<int[]> lists = Gen.Choose(0, nodes).SelectMany(count => Gen.ArrayOf(Gen.Choose(0, 11_999), count));
        Func<int[], IEnumerable<int[]>> shrink = ArbMap.Default.ArbFor<int[]>().Shrinker;
        return Arb.From(lists, codes => shrink(codes).Where(smaller => smaller.All(code => code >= 0)));
    }

    /// <summary>Checks a property of random graphs and fails with the smallest graph that breaks it.</summary>
    public static void Check(int nodes, int tests, Func<MarkedGraph, bool> property) =>
        Prop.ForAll(Codes(nodes), codes => property(GraphGenerators.FromCodes(codes)))
            .Check(Config.QuickThrowOnFailure.WithMaxTest(tests));

    /// <summary>A random permutation of 0 to count - 1.</summary>
    public static int[] Permutation(int count, ulong seed)
    {
        var random = new SplitMix(seed);
        int[] permutation = Enumerable.Range(0, count).ToArray();
        for (int i = count - 1; i > 0; i--)
        {
            int j = random.Next(i + 1);
            (permutation[i], permutation[j]) = (permutation[j], permutation[i]);
        }

        return permutation;
    }
}
