using System.Collections.Immutable;
using GraphPartition.Ir.Types;
using GraphPartition.Operators.Bounds;
using GraphPartition.Operators.Inference;
using GraphPartition.TensorRt;

namespace GraphPartition.EngineBuilder.Shapes;

/// <summary>
/// The free sizes of a model and the range of each. Dimensions of one name are one size; each dimension without a name is a size by
/// itself, and so is each element of a small tensor of integers whose values are given.
/// </summary>
internal sealed class InputRanges
{
    private readonly Dictionary<(string Input, int Axis), int> _sizeOf = [];
    private readonly Dictionary<string, int> _named = [];

    private InputRanges() { }

    /// <summary>The range of each free size: those of inputs, then those that were given for inner values.</summary>
    public List<DimRange> Sizes { get; } = [];

    /// <summary>Inner values with a given shape, by name: the place of their first size in <see cref="Sizes"/>, and their rank.</summary>
    public Dictionary<string, (int First, int Rank)> Inner { get; } = [];

    /// <summary>Values with given elements, by name: the place of the first in <see cref="Sizes"/>, and their number.</summary>
    public Dictionary<string, (int First, int Count)> Values { get; } = [];

    /// <summary>Dynamic dimensions of inputs for which no range is given, as "input[axis]".</summary>
    public List<string> Open { get; } = [];

    /// <summary>Matches the given shapes with the model's inputs and inner values.</summary>
    /// <exception cref="ModelException">A shape does not fit (GP4010; one diagnostic for each).</exception>
    public static InputRanges Of(Graph graph, ModelShapes shapes)
    {
        InputRanges ranges = new();
        List<Diagnostic> faults = [];
        HashSet<string> given = [.. shapes.Names];
        ILookup<string, Value> inner = Inside(graph).ToLookup(v => v.Name);
        foreach (Value input in graph.Inputs)
        {
            if (given.Remove(input.Name)) ranges.Add(input, shapes.Of(input.Name), Bad);
        }
        foreach (string name in given)
        {
            (long[] min, long[] opt, long[] max) = shapes.Of(name);
            if (!inner.Contains(name))
                Bad(name, $"the model has no such input{NearNames.Hint(name, graph.Inputs.Select(v => v.Name))}");
            else if (Fault(min, opt, max) is { } fault) Bad(name, fault);
            else if (inner[name].Any(v => HoldsValues(v, opt.Length))) ranges.AddValues(name, min, opt, max);
            else if (min.Any(size => size < 0)) Bad(name, "a size is not negative");
            else if (inner[name].FirstOrDefault(v => v.Shape is { } shape && shape.Rank != opt.Length) is { } other)
                Bad(name, $"{opt.Length} dimensions are given, the value is {other.Type}");
            else
            {
                ranges.Inner.Add(name, (ranges.Sizes.Count, min.Length));
                for (int i = 0; i < min.Length; i++) ranges.Sizes.Add(new DimRange(min[i], opt[i], max[i]));
            }
        }
        ranges.FindOpen(graph);
        return faults.Count == 0 ? ranges : throw new ModelException(faults);
        void Bad(string name, string message) => faults.Add(TensorRtCodes.BadShapeProfile.At(name, message));
    }

    /// <summary>The size of an input's dimension at a point, or null where it is open.</summary>
    public long? SizeAt(long[] point, Value input, int axis) =>
        _sizeOf.TryGetValue((input.Name, axis), out int size) ? point[size] : SizeAt(point, input.Shape![axis].Symbol);

    /// <summary>The size of a symbol at a point, or null where it is none of the free sizes.</summary>
    public long? SizeAt(long[] point, string? symbol) =>
        symbol is not null && _named.TryGetValue(symbol, out int size) ? point[size] : null;

    /// <summary>The given shape of an inner value at a point; null if none was given.</summary>
    public Shape? ShapeAt(long[] point, string inner) =>
        Inner.TryGetValue(inner, out var sizes) ? Shape.Of([.. point.AsSpan(sizes.First, sizes.Rank)]) : null;

    /// <summary>The given elements of a value at a point; null if none were given.</summary>
    public ImmutableArray<Dim>? ElementsAt(long[] point, string name) =>
        Values.TryGetValue(name, out var values)
            ? [.. point.Skip(values.First).Take(values.Count).Select(ValueBounds.Element)] : null;

    /// <summary>What is given of an input or an inner value, as ranges; null if nothing is.</summary>
    public ValueBounds? BoundsOf(Value value, bool isInput)
    {
        if (Values.TryGetValue(value.Name, out var elements))
            return new([.. value.Shape!.Dims.Select(d => RangeOf(d.Size, d.Size))], [.. Ranges(elements.First, elements.Count)]);
        if (Inner.TryGetValue(value.Name, out var sizes)) return new([.. Ranges(sizes.First, sizes.Rank)]);
        if (!isInput || value.Shape is not { IsStatic: false } shape) return null;
        return new([.. shape.Dims.Select((d, axis) => d.IsKnown ? RangeOf(d.Size, d.Size)
            : _sizeOf.TryGetValue((value.Name, axis), out int size) || (d.Symbol is { } s && _named.TryGetValue(s, out size))
                ? RangeOf(Sizes[size].Min, Sizes[size].Max) : null)]);

        IEnumerable<IntegerRange?> Ranges(int first, int count) => Sizes.Skip(first).Take(count).Select(s => RangeOf(s.Min, s.Max));
        static IntegerRange? RangeOf(long least, long most) => new(least, most);
    }

    /// <summary>
    /// Whether what is given of a value are its elements, as trtexec takes it for shape tensors: it is a small tensor of integers of a
    /// fixed shape, and as many numbers are given.
    /// </summary>
    private static bool HoldsValues(Value value, int count) =>
        value.ElementType is ElementType.Int64 or ElementType.Int32
        && value.Shape is { Rank: <= 1, IsStatic: true, ElementCount: var elements } && elements == count;

    private void AddValues(string name, long[] min, long[] opt, long[] max)
    {
        Values.Add(name, (Sizes.Count, opt.Length));
        for (int i = 0; i < opt.Length; i++) Sizes.Add(new DimRange(min[i], opt[i], max[i]));
    }

    /// <summary>All values but the inputs and constants of the graph: results of nodes, and inputs of bodies, at any depth.</summary>
    public static IEnumerable<Value> Inside(Graph graph) => graph.Nodes.SelectMany(n => n.Outputs.OfType<Value>()
        .Concat(n.Attributes.Bodies().SelectMany(body => body.Inputs.Concat(Inside(body)))));

    private static string? Fault(long[] min, long[] opt, long[] max)
    {
        if (min.Length != opt.Length || opt.Length != max.Length)
            return $"min has {min.Length} dimensions, opt {opt.Length}, max {max.Length}";
        for (int i = 0; i < min.Length; i++)
            if (min[i] > opt[i] || opt[i] > max[i]) return $"dimension {i}: {min[i]} <= {opt[i]} <= {max[i]} does not hold";
        return null;
    }

    /// <summary>After all are read, since a size that is open in one input may have its name and range in another.</summary>
    private void FindOpen(Graph graph)
    {
        foreach (Value input in graph.Inputs)
            for (int axis = 0; axis < (input.Shape?.Rank ?? 0); axis++)
                if (input.Shape![axis] is { IsKnown: false } dim && !_sizeOf.ContainsKey((input.Name, axis))
                    && !_named.ContainsKey(dim.Symbol ?? ""))
                    Open.Add($"{input.Name}[{axis}]");
    }

    private void Add(Value input, (long[] Min, long[] Opt, long[] Max) range, Action<string, string> bad)
    {
        Shape? shape = input.Shape;
        string? fault = Fault(range.Min, range.Opt, range.Max);
        if (fault is null && HoldsValues(input, range.Opt.Length))
        {
            AddValues(input.Name, range.Min, range.Opt, range.Max);
            return;
        }
        if (fault is null && range.Min.Any(size => size < 0)) fault = "a size is not negative";
        if (fault is null && shape?.Rank != range.Opt.Length) fault = $"{range.Opt.Length} dimensions are given, the input is {input.Type}";
        if (fault is not null || shape is null)
        {
            bad(input.Name, fault!);
            return;
        }
        for (int axis = 0; axis < shape.Rank; axis++)
        {
            DimRange wanted = new(range.Min[axis], range.Opt[axis], range.Max[axis]);
            if (shape[axis].IsKnown)
            {
                if (wanted != new DimRange(shape[axis].Size, shape[axis].Size, shape[axis].Size))
                    bad(input.Name, $"dimension {axis} is {shape[axis]} and cannot be {wanted.Min} to {wanted.Max}");
                continue;
            }
            if (shape[axis].Symbol is { } symbol && _named.TryGetValue(symbol, out int known))
            {
                (long min, _, long max) = Sizes[known];
                if (Sizes[known] != wanted)
                    bad(input.Name, $"dimension {axis} ('{symbol}') is {wanted.Min} to {wanted.Max}, but {min} to {max} in another input");
                continue;
            }
            _sizeOf.Add((input.Name, axis), Sizes.Count);
            if (shape[axis].Symbol is { } name) _named.Add(name, Sizes.Count);
            Sizes.Add(wanted);
        }
    }
}
