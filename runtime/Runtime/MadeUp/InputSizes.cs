using System.Globalization;

using GraphPartition.Ir.Types;

namespace GraphPartition.Runtime.MadeUp;

/// <summary>
/// The open sizes of the inputs of a graph. Equal names are equal sizes. A name such as <c>past + 1</c> is the sum of its parts where one
/// part is a number or a size by itself, as exporters of language models write it.
/// </summary>
internal sealed class InputSizes
{
    private readonly Graph _graph;
    private readonly IReadOnlyDictionary<string, long> _given;
    private readonly Dictionary<string, int> _named = [];
    private readonly Dictionary<(string Input, int Axis), int> _nameless = [];

    /// <summary>Collects the open sizes.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="given">Sizes of named dimensions that are not open any more.</param>
    public InputSizes(Graph graph, IReadOnlyDictionary<string, long> given)
    {
        _graph = graph;
        _given = given;
        HashSet<string> names =
            [.. graph.Inputs.SelectMany(v => v.Shape?.Dims ?? []).Select(d => d.Symbol).OfType<string>(), .. given.Keys];
        // Nodes and edges of a graph, for instance. What has no name may be the same size.
        bool isCommon = Open().Select(v => v.Shape!.Dims.FirstOrDefault().Symbol).OfType<string>().Distinct().Count() <= 1;
        foreach (Value input in Open())
            for (int axis = 0; axis < input.Shape!.Rank; axis++)
            {
                if (input.Shape[axis].IsKnown) continue;
                if (input.Shape[axis].Symbol is not { } symbol)
                {
                    _nameless.Add((input.Name, axis), Free.Count);
                    Free.Add(new FreeSize($"{input.Name}[{axis}]", FreeSize.KindOf(input.Tensor!, axis, null, true)));
                    continue;
                }
                string[] parts = symbol.Split('+', StringSplitOptions.TrimEntries);
                bool isSum = parts.Length > 1 && parts.Any(p => names.Contains(p) || NumberOf(p) is not null);
                foreach (string part in isSum ? parts : [symbol])
                {
                    if (NumberOf(part) is not null || given.ContainsKey(part) || !_named.TryAdd(part, Free.Count)) continue;
                    Free.Add(new FreeSize(part, FreeSize.KindOf(input.Tensor!, axis, part, isCommon)));
                }
            }
    }

    /// <summary>The open sizes.</summary>
    public List<FreeSize> Free { get; } = [];

    /// <summary>The dimensions of an input; one without a known rank is taken as a scalar.</summary>
    /// <param name="input">The input.</param>
    /// <param name="sizes">A number for each of <see cref="Free"/>.</param>
    public long[] DimsOf(Value input, ReadOnlySpan<long> sizes)
    {
        long[] dims = new long[input.Shape?.Rank ?? 0];
        for (int axis = 0; axis < dims.Length; axis++)
        {
            Dim dim = input.Shape![axis];
            dims[axis] = dim.IsKnown ? dim.Size : dim.Symbol is { } symbol ? SizeOf(symbol, sizes) : sizes[_nameless[(input.Name, axis)]];
        }
        return dims;
    }

    private long SizeOf(string name, ReadOnlySpan<long> sizes)
    {
        if (_given.TryGetValue(name, out long given)) return given;
        if (_named.TryGetValue(name, out int free)) return sizes[free];
        long sum = 0;
        foreach (string part in name.Split('+', StringSplitOptions.TrimEntries)) sum += NumberOf(part) ?? SizeOf(part, sizes);
        return sum;
    }

    private IEnumerable<Value> Open() => _graph.Inputs.Where(v => v.Shape is { IsStatic: false } && !_graph.Defaults.ContainsKey(v));

    private static long? NumberOf(string text) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long number) ? number : null;
}
