using GraphPartition.MixedPrecision.Search;
using Xunit;
using Xunit.Abstractions;

namespace GraphPartition.MixedPrecision.Tests.Search;

/// <summary>The search over sets against all sets: noises that add up, signs that cancel, units that only help together.</summary>
public sealed class FewestUnitsTests(ITestOutputHelper log)
{
    private const int Units = 10;

    [Fact]
    public void The_search_alone_finds_the_minimum_in_at_least_95_percent_and_is_never_more_than_two_above()
    {
        int cases = 0, minima = 0, worst = 0, measured = 0;
        for (int seed = 0; seed < 400; seed++)
        {
            var noise = new Landscape(seed);
            var search = new FewestUnits(Units, kept => noise.Shortfall(kept, ref measured), new SearchLimits { Proof = 0 });
            if (search.Find(noise.Isolated) is not { } found) continue;
            int dummy = 0, above = found.Units.Length - noise.Minimum();
            Assert.True(noise.Shortfall(found.Units, ref dummy) <= 0);
            Assert.True(above >= 0 && found.LeastCount <= found.Units.Length - above, "more was claimed than is true");
            cases++;
            if (above == 0) minima++;
            worst = Math.Max(worst, above);
        }
        log.WriteLine($"{minima} of {cases} are minima, at most {worst} above, {(double)measured / cases:F1} measurements each");
        Assert.True(cases > 300 && minima >= 0.95 * cases && worst <= 2, $"{minima} of {cases}, {worst} above");
    }

    [Fact]
    public void With_its_proof_it_is_exact()
    {
        for (int seed = 0; seed < 100; seed++)
        {
            var noise = new Landscape(seed);
            int measured = 0;
            var search = new FewestUnits(Units, kept => noise.Shortfall(kept, ref measured), new SearchLimits());
            if (search.Find(noise.Isolated) is not { } found) continue;
            Assert.True(found.IsMinimum);
            Assert.Equal(noise.Minimum(), found.Units.Length);
        }
    }

    [Fact]
    public void A_budget_that_nothing_meets_gives_no_set() =>
        Assert.Null(new FewestUnits(3, _ => 1, new SearchLimits()).Find([1, 1, 1]));

    [Fact]
    public void No_unit_is_kept_where_none_is_needed()
    {
        KeptSet found = new FewestUnits(3, _ => 0, new SearchLimits()).Find([1, 1, 1])!;
        Assert.Equal((0, true), (found.Units.Length, found.IsMinimum));
    }

    /// <summary>The error of each unit is a vector, so errors of two units add up, or cancel.</summary>
    private sealed class Landscape
    {
        private const int Size = 6;
        private readonly double[][] _errors;
        private readonly double _allowed;

        public Landscape(int seed)
        {
            var random = new Random(seed);
            _errors = [.. Enumerable.Range(0, Units).Select(_ =>
            {
                double scale = Math.Pow(10, random.NextDouble() * 2);
                return Enumerable.Range(0, Size).Select(_ => scale * (random.NextDouble() - 0.5)).ToArray();
            })];
            _allowed = Noise([]) * Math.Pow(10, -random.NextDouble() * 2);
        }

        public double[] Isolated => [.. Enumerable.Range(0, Units).Select(u => Energy(_errors[u]) / _allowed)];

        public double Shortfall(IReadOnlyCollection<int> kept, ref int measured)
        {
            measured++;
            return 10 * Math.Log10(Math.Max(1e-30, Noise(kept)) / _allowed);
        }

        public int Minimum()
        {
            int fewest = Units, measured = 0;
            for (int set = 0; set < 1 << Units; set++)
                if (System.Numerics.BitOperations.PopCount((uint)set) < fewest
                    && Shortfall([.. Enumerable.Range(0, Units).Where(u => (set >> u & 1) != 0)], ref measured) <= 0)
                    fewest = System.Numerics.BitOperations.PopCount((uint)set);
            return fewest;
        }

        private double Noise(IReadOnlyCollection<int> kept) => Energy([.. Enumerable.Range(0, Size).Select(i =>
            Enumerable.Range(0, Units).Where(u => !kept.Contains(u)).Sum(u => _errors[u][i]))]);

        private static double Energy(double[] vector) => vector.Sum(x => x * x);
    }
}
