using FsCheck;
using FsCheck.Fluent;
using GraphPartition.MixedPrecision.Search;
using Xunit;

namespace GraphPartition.MixedPrecision.Tests.Search;

/// <summary>The search for measurements that are expensive.</summary>
public sealed class BisectedUnitsTests
{
    /// <summary>Units at fault, of up to 200 in any order: exactly these stay.</summary>
    [Fact]
    public void Units_at_fault_are_found_in_few_measurements() => Prop.ForAll(
        Arb.From(Gen.Choose(1, 200).SelectMany(
            n => Gen.ListOf(Gen.Choose(0, n - 1), 4).Select(at => (n, at: (int[])[.. at.Distinct().Order()])))),
        c =>
        {
            int[] order = [.. Enumerable.Range(0, c.n).OrderBy(u => u * 7919 % 211)];
            var search = new BisectedUnits(1000, kept => c.at.All(kept.Contains));
            Assert.Equal(c.at, search.Find(order));
            double k = Math.Max(1, c.at.Length);
            Assert.True(search.Measurements <= 4 + 2 * k * (Math.Log2(c.n / k) + 2), $"{search.Measurements} measurements");
            Assert.False(search.IsCutShort);
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void The_likely_ones_first_cost_less()
    {
        int[] order = [.. Enumerable.Range(0, 128)];
        var search = new BisectedUnits(1000, kept => kept.Contains(0));
        Assert.Equal([0], search.Find(order)!);
        Assert.True(search.Measurements <= 2 + 8, $"{search.Measurements} measurements");
    }

    /// <summary>What is measured last may hold, or not: only sets that held are results.</summary>
    [Fact]
    public void At_the_limit_the_smallest_set_that_held_is_the_result()
    {
        int[] order = [.. Enumerable.Range(0, 64)];
        var held = new List<int>();
        var search = new BisectedUnits(6, kept =>
        {
            bool holds = kept.Contains(3) && kept.Contains(60);
            if (holds) held.Add(kept.Length);
            return holds;
        });
        int[] found = search.Find(order)!;
        Assert.True(search.IsCutShort && found.Contains(3) && found.Contains(60));
        Assert.Equal((6, held.Min()), (search.Measurements, found.Length));
    }

    [Fact]
    public void Nothing_is_found_where_not_even_all_units_hold()
    {
        var search = new BisectedUnits(10, _ => false);
        Assert.Null(search.Find([0, 1, 2]));
        Assert.Equal(1, search.Measurements);
    }
}
