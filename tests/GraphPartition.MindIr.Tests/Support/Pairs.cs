namespace GraphPartition.MindIr.Tests.Support;

/// <summary>Theory data: every combination of two things.</summary>
internal static class Pairs
{
    public static TheoryData<A, B> Of<A, B>(IEnumerable<A> first, IReadOnlyList<B> second)
    {
        var pairs = new TheoryData<A, B>();
        foreach (A a in first)
            foreach (B b in second) pairs.Add(a, b);
        return pairs;
    }
}
