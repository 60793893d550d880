namespace GraphPartition.TestModels.Layers;

/// <summary>
/// A small seeded random number generator (SplitMix64: Steele, Lea, Flood 2014), so that a seed names the same graph on every
/// platform and in every language: five lines of Python repeat it.
/// </summary>
public sealed class SplitMix(ulong seed)
{
    private ulong _state = seed;

    /// <summary>The next 64 random bits.</summary>
    public ulong NextBits()
    {
        _state += 0x9E3779B97F4A7C15;
        ulong z = _state;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }

    /// <summary>A number from 0 to <paramref name="limit"/> - 1: the high half of bits times limit.</summary>
    public int Next(int limit) => (int)Math.BigMul(NextBits(), (ulong)limit, out _);

    /// <summary>True with the given probability: the top 53 bits as a fraction are below it.</summary>
    public bool Chance(double probability) => (NextBits() >> 11) * (1.0 / (1UL << 53)) < probability;
}
