namespace GraphPartition.Runtime.MadeUp;

/// <summary>The numbers that a graph itself has: sizes that inputs must have are often among them.</summary>
internal static class GraphNumbers
{
    private const int Most = 48, Largest = 65_536, MostElements = 16;

    /// <summary>The sizes of constants, elements of small ones and their product, in the order of the nodes that use them.</summary>
    public static IReadOnlyList<long> Of(Graph graph)
    {
        var numbers = new OrderedDictionary<long, bool>();
        Collect(graph);
        return [.. numbers.Keys];

        void Collect(Graph part)
        {
            foreach (Node node in part.Nodes)
            {
                foreach (Value? input in node.Inputs)
                {
                    if (input?.Data is not { } data) continue;
                    foreach (long size in data.Dims) Add(size);
                    long[] elements = data.ElementCount <= MostElements ? data.ToIntegers() ?? [] : [];
                    foreach (long element in elements) Add(element);
                    // As the shape of a Reshape they give the number of elements.
                    if (elements.Length > 1 && elements.All(e => e is > 0 and <= Largest))
                        Add(elements.Aggregate(1L, (a, b) => Math.Min(a * b, Largest + 1)));
                }
                if (node.Attributes.Count == 0) continue;
                foreach (Graph body in node.Attributes.Bodies()) Collect(body);
                if (numbers.Count >= Most) return;
            }
        }

        void Add(long number)
        {
            if (number is > 0 and <= Largest && numbers.Count < Most) numbers.TryAdd(number, true);
        }
    }
}
