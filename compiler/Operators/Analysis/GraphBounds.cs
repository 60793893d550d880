using GraphPartition.Operators.Families;

namespace GraphPartition.Operators.Analysis;

/// <summary>
/// Interval analysis: ranges of the sizes, of the elements of shapes and of the numbers of a graph's values, by one walk over its nodes in
/// order, with the transfer functions of the operators (<see cref="OperatorDefinition.Range"/>, <see cref="OperatorDefinition.Sizes"/>).
/// A size that has a symbol has the symbol's range; where all that a shape rule reads is known, the rule itself gives the sizes. Nothing is
/// known about an output of an operator without a transfer function. The walk is linear in the nodes; bodies of loops are repeated within
/// a budget.
/// </summary>
public sealed class GraphBounds : IBoundsWalk
{
    private const int MostRepeatedNodes = 200_000;

    private readonly IOperatorRules _rules;
    private readonly BoundsQuestion _question;
    private readonly Dictionary<Value, ValueBounds> _known = [];
    private readonly NumberRanges _numbers;
    private readonly SymbolRanges _symbols = new();
    private readonly List<string> _named = []; // symbols, in the order in which their sizes were found
    private readonly Dictionary<Graph, string[]> _namedIn = new(ReferenceEqualityComparer.Instance);
    private int _repeated;

    private GraphBounds(Graph graph, IOperatorRules rules, BoundsQuestion question)
    {
        (_rules, _question) = (rules, question);
        _numbers = new NumberRanges(question.HasTypeRanges);
        FindIndices(graph);
        foreach (Value input in graph.Inputs) Enter(input);
        foreach (Node node in graph.Nodes) Visit(node);
    }

    /// <summary>Analyzes a graph in one walk.</summary>
    /// <param name="graph">The graph, or a body by itself: what it captures is taken like an input.</param>
    /// <param name="rules">The shape rules of all operators.</param>
    /// <param name="question">What it is about.</param>
    public static GraphBounds Of(Graph graph, IOperatorRules rules, BoundsQuestion question) => new(graph, rules, question);

    /// <summary>
    /// Whether a size of a value may depend on more than the sizes of the graph's inputs, by its type. Then it needs an analysis.
    /// </summary>
    public static bool IsOpen(Value value)
    {
        if (value.Type is not TensorType type) return false;
        if (type.Shape is not { } shape) return true;
        foreach (Dim d in shape.Dims)
            if (d.IsUnknown || d.Symbol?.Contains('$') == true) return true;
        return false;
    }

    /// <summary>What is proved about the numbers of a value.</summary>
    public NumberFact NumbersOf(Value value) => _numbers.Of(value);

    /// <summary>Whether <paramref name="narrow"/> holds every element: i32 for i64, f32 for f64.</summary>
    public bool Fits(Value value, ElementType narrow) =>
        narrow == ElementType.Int32 ? NumbersOf(value).Range?.IsWithin(IntegerRange.Signed(32)) == true
            : narrow == ElementType.Float32 && NumbersOf(value).IsSingle;

    /// <summary>Whether each size of a value has a bound.</summary>
    public bool IsBounded(Value value) => this[value].Sizes?.All(s => s is not null) == true;

    /// <inheritdoc/>
    public ValueBounds this[Value value]
    {
        get
        {
            NumberFact numbers = NumbersOf(value);
            return !_known.TryGetValue(value, out ValueBounds? known) ? new(SizesOf(value), ElementsOf(value), numbers)
                : known.Numbers == numbers ? known : known with { Numbers = numbers };
        }
    }

    /// <inheritdoc/>
    NodeInference? IBoundsWalk.Infer(Node node, ImmutableArray<Value?> inputs)
    {
        var inference = new NodeInference(
            node.Op, node.Version, inputs, node.Attributes, node.Outputs.Length, _rules, new BuildScope());
        try
        {
            _rules.Infer(inference);
            return inference;
        }
        catch (OverflowException)
        {
            return null; // no tensor has such sizes
        }
    }

    /// <inheritdoc/>
    IntegerRange? IBoundsWalk.Compute(Node node, int output, Func<int, NumberFact> input) => _numbers.Compute(node, output, input).Range;

    /// <inheritdoc/>
    void IBoundsWalk.Follow(Graph body, IReadOnlyList<ValueBounds> inputs)
    {
        FindIndices(body);
        if (_namedIn.Remove(body, out string[]? before)) // of an iteration before, whose sizes may have been smaller
            foreach (string symbol in before) _symbols.Remove(symbol);
        int first = _named.Count;
        for (int i = 0; i < body.Inputs.Length; i++)
        {
            Value input = body.Inputs[i];
            ValueBounds bounds = _question.Given?.Invoke(input) ?? (i < inputs.Count ? inputs[i] : ValueBounds.Unknown);
            Learn(input, Refined(input, bounds));
        }
        foreach (Node node in body.Nodes) Visit(node);
        _namedIn[body] = [.. _named.Skip(first)];
    }

    /// <inheritdoc/>
    bool IBoundsWalk.MayRepeat(Graph body) => (_repeated += Math.Max(1, body.Nodes.Length)) <= MostRepeatedNodes;

    /// <summary>What holds of an input of the graph.</summary>
    private void Enter(Value input)
    {
        ValueBounds? given = _question.Given?.Invoke(input);
        if (input.Shape is not { } shape) return;
        var sizes = new IntegerRange?[shape.Rank];
        for (int i = 0; i < sizes.Length; i++)
        {
            sizes[i] = shape[i].IsKnown ? new(shape[i].Size, shape[i].Size)
                : i < given?.Sizes?.Count ? given.Sizes[i]
                : (shape[i].Symbol is { } s ? _symbols.Of(s) : null) ?? _question.OpenSize;
            if (shape[i].Symbol is { } symbol && sizes[i] is { } range) _symbols.Set(symbol, range);
        }
        IReadOnlyList<IntegerRange?>? elements = given?.Elements;
        if (elements is null && _question.OpenElement is { } open && IsShape(input, sizes, out int count))
            elements = [.. Enumerable.Repeat<IntegerRange?>(open, count)];
        Learn(input, Refined(input, new(sizes, elements, NumberFact.In(Hull(elements)))));
    }

    private void FindIndices(Graph graph) =>
        _numbers.FindIndices(graph, data => _known.TryGetValue(data, out ValueBounds? known) ? known.Sizes : SizesOf(data));

    private void Visit(Node node)
    {
        bool hasBodies = node.Attributes.Count > 0 && !node.Attributes.Bodies().IsEmpty;
        bool isOpen = hasBodies && _question.EntersBodies;
        for (int o = 0; o < node.Outputs.Length && !isOpen; o++)
            if (node.Outputs[o] is { } value) isOpen = !IsSettled(value);
        if (!isOpen)
        {
            for (int o = 0; o < node.Outputs.Length; o++)
            {
                if (node.Outputs[o] is not { } value) continue;
                _known.Remove(value); // of an iteration before
                if (HoldsNumbers(value)) _numbers.Learn(node, o);
            }
            return;
        }
        VisitOpen(node, hasBodies);
    }

    // Apart from its caller: the closures would cost an object for each node of the graph.
    private void VisitOpen(Node node, bool hasBodies)
    {
        var n = new BoundsNode(node, this);
        NodeInference? exact = hasBodies || node.Version != 0 || !node.Inputs.All(IsExact) ? null
            : ((IBoundsWalk)this).Infer(node, [.. node.Inputs.Select(Exactly)]);
        if (node.Version == 0 && (exact is null || !node.Outputs.Select((v, o) => v is null || IsComplete(exact, o)).All(c => c)))
            OperatorDefinitions.Of(node.Op).Sizes?.Invoke(n);
        // The user gives the sizes behind an operator without a shape rule, as for inputs, and those behind an unknown rank.
        bool isOpaque = _question.OpenSize is not null && !hasBodies
            && (OperatorDefinitions.Of(node.Op).Types is null
                || node.Inputs.Any(v => v is { Type: UnknownType or TensorType { Shape: null } }));
        for (int o = 0; o < node.Outputs.Length; o++)
        {
            if (node.Outputs[o] is not { } value) continue;
            ValueBounds bounds = Both(n.Result(o) ?? ValueBounds.Unknown, exact is null ? null : At(exact, o));
            if (HoldsNumbers(value)) bounds = bounds with { Numbers = Tighter(bounds.Numbers, _numbers.Learn(node, o)) };
            if (isOpaque && value.Shape is { } shape)
                bounds = bounds with { Sizes = [.. shape.Dims.Select((_, i) => bounds.Sizes?[i] ?? _question.OpenSize)] };
            Name(value, bounds);
            Learn(value, _question.Given?.Invoke(value) is { Sizes: not null } given ? given with { Numbers = bounds.Numbers }
                : Refined(value, bounds));
        }
    }

    /// <summary>Whether the shape rule alone gives all sizes of an output, and the elements if it may be a shape.</summary>
    private static bool IsComplete(NodeInference exact, int output) =>
        exact.TypeOf(output) is TensorType { Shape: { IsStatic: true, Rank: var rank }, Element: var element }
        && (rank > 1 || element is not (ElementType.Int64 or ElementType.Int32)
            || exact.Result(output).Elements?.All(e => DimMath.Number(e) is not null) == true);

    private static bool HoldsNumbers(Value value) =>
        value.ElementType is not (ElementType.Float32 or ElementType.Float16 or ElementType.BFloat16);

    /// <summary>A symbol that a node makes has the range of the size that it names.</summary>
    private void Name(Value value, ValueBounds bounds)
    {
        for (int i = 0; i < value.Shape?.Rank && value.Shape.Rank == bounds.Sizes?.Count; i++)
            if (value.Shape[i].Symbol is ['$', .. var number] symbol && number.All(char.IsAsciiDigit) && bounds.Sizes[i] is { } range)
            {
                _symbols.Set(symbol, range.AtLeast(0));
                _named.Add(symbol);
            }
    }

    /// <summary>What the type of a value and its known elements add.</summary>
    private ValueBounds Refined(Value value, ValueBounds bounds)
    {
        IReadOnlyList<IntegerRange?>? sizes = null;
        if (value.Shape is { } shape)
            sizes = [.. shape.Dims.Select((d, i) => Both(Of(d), i < bounds.Sizes?.Count ? AsSize(bounds.Sizes[i]) : null))];
        else sizes = bounds.Sizes;
        IReadOnlyList<IntegerRange?>? elements = value.Elements is { } known
            ? [.. known.Select((d, i) => Both(Element(d), i < bounds.Elements?.Count ? bounds.Elements[i] : null))] : bounds.Elements;
        NumberFact numbers = bounds.Numbers;
        if (elements is null && numbers.Range is not null && IsShape(value, sizes, out int count))
            elements = [.. Enumerable.Repeat(numbers.Range, count)];
        else if (elements is not null && numbers.Range is not null) elements = [.. elements.Select(e => e ?? numbers.Range)];
        if (Hull(elements) is { } hull) numbers = Tighter(numbers, NumberFact.In(hull));
        return new(sizes, elements, numbers);
    }

    /// <summary>A size is not negative; half of all numbers, as of one that may be any above something, is no bound.</summary>
    private static IntegerRange? AsSize(IntegerRange? size) => size is { Most: < long.MaxValue / 2 } s ? s.AtLeast(0) : null;

    private void Learn(Value value, ValueBounds bounds)
    {
        _known[value] = bounds;
        if (HoldsNumbers(value)) _numbers.Set(value, bounds.Numbers);
    }

    /// <summary>Whether the type and the known elements of a value already contain all that the analysis finds.</summary>
    private bool IsSettled(Value value)
    {
        if (value.Type is not TensorType type) return true;
        if (type.Shape is not { } shape) return true; // an engine takes no tensor of an unknown rank
        foreach (Dim d in shape.Dims)
            if (!d.IsKnown && Of(d) is null) return false;
        if (_question.Given?.Invoke(value) is not null) return false;
        return !MayBeShape(value) || (value.Elements is { } elements && elements.All(e => Element(e) is not null));
    }

    private IReadOnlyList<IntegerRange?>? SizesOf(Value value)
    {
        if (value.Shape is not { } shape) return null;
        // What a node computes is settled or known by now, so this is an input or a captured value.
        return [.. shape.Dims.Select(d => Of(d) ?? _question.OpenSize)];
    }

    private IReadOnlyList<IntegerRange?>? ElementsOf(Value value)
    {
        if (value.Elements is { } elements) return [.. elements.Select(Element)];
        if (value.Data is { } data)
            return data.ElementCount <= BuildScope.MaxElements && ConstantNumbers.Elements(data) is { } constants
                ? [.. constants.Select(Element)] : null;
        return MayBeShape(value) && NumbersOf(value).Range is { } range
            ? [.. Enumerable.Repeat<IntegerRange?>(range, (int)value.Shape!.ElementCount!.Value)] : null;
    }

    private IntegerRange? Of(Dim d) => d.IsKnown ? new(d.Size, d.Size) : d.Symbol is { } symbol ? _symbols.Of(symbol)?.AtLeast(0) : null;

    private IntegerRange? Element(Dim d) =>
        DimMath.Number(d) is { } number ? new(number, number) : d.Symbol is { } symbol ? _symbols.Of(symbol) : null;

    /// <summary>A small vector or scalar of whole numbers, which may be a shape or a part of one.</summary>
    private static bool MayBeShape(Value value) =>
        value.ElementType is ElementType.Int64 or ElementType.Int32
        && value.Shape is { Rank: <= 1, ElementCount: <= BuildScope.MaxElements };

    private static bool IsShape(Value value, IReadOnlyList<IntegerRange?>? sizes, out int count)
    {
        count = 0;
        if (value.ElementType is not (ElementType.Int64 or ElementType.Int32) || sizes is not { Count: <= 1 }) return false;
        if (BoundsNode.Product(sizes) is not { IsExact: true, Most: <= BuildScope.MaxElements and var exact }) return false;
        count = (int)exact;
        return true;
    }

    private bool IsExact(Value? value)
    {
        if (value is null || value.IsConstant) return true;
        if (value.Type is not TensorType) return false;
        ValueBounds bounds = this[value];
        return bounds.Sizes?.All(s => s is { IsExact: true }) == true && bounds.Elements?.All(e => e is null or { IsExact: true }) != false;
    }

    private Value? Exactly(Value? value) => value is null or { IsConstant: true } ? value
        : new Value(value.Name, value.Tensor! with { Shape = Shape.Of([.. this[value].Sizes!.Select(s => s!.Value.Least)]) }, null,
            this[value].Elements is { } elements ? [.. elements.Select(e => e is { } r ? DimMath.Of(r.Least) : Dim.Unknown)] : null);

    private static ValueBounds? At(NodeInference exact, int output) => exact.TypeOf(output) is not TensorType { Shape: { } shape } ? null
        : new(Ranges(shape.Dims), exact.Result(output).Elements is { } elements ? Ranges(elements) : null);

    private static IntegerRange?[] Ranges(ImmutableArray<Dim> dims) =>
        [.. dims.Select(d => DimMath.Number(d) is { } n ? new IntegerRange(n, n) : default(IntegerRange?))];

    private static ValueBounds Both(ValueBounds a, ValueBounds? b) =>
        b is null ? a : new(Both(a.Sizes, b.Sizes), Both(a.Elements, b.Elements), a.Numbers);

    private static IReadOnlyList<IntegerRange?>? Both(IReadOnlyList<IntegerRange?>? a, IReadOnlyList<IntegerRange?>? b) =>
        a is null ? b : b is null || a.Count != b.Count ? a : [.. a.Zip(b, Both)];

    /// <summary>What holds by both. If they contradict each other, no run reaches the node.</summary>
    private static IntegerRange? Both(IntegerRange? a, IntegerRange? b) => a is { } x ? b is { } y ? x.And(y) ?? x : a : b;

    private static NumberFact Tighter(NumberFact a, NumberFact b) =>
        Both(a.Range, b.Range) is { } range ? NumberFact.In(range) : a.IsSingle ? a : b;

    private static IntegerRange? Hull(IReadOnlyList<IntegerRange?>? elements)
    {
        if (elements is not { Count: > 0 }) return null;
        IntegerRange? hull = elements[0];
        foreach (IntegerRange? e in elements) hull = hull is { } a && e is { } b ? a.Or(b) : null;
        return hull;
    }
}
