using GraphPartition.Ir.Rewriting;
using GraphPartition.Ir.Types;

namespace GraphPartition.EngineBuilder.Shapes;

/// <summary>
/// From ranges of the model's inputs to ranges of every value inside, in bodies too. Shape inference runs on the whole graph at each
/// point of <see cref="SizePoints"/>, so all that the operators' rules know about sizes counts, and no second set of rules is needed.
/// A range is the hull of the results. What the rules infer for a value in a loop's body holds in every iteration, so a size that they
/// infer there is the same in all iterations; a size that changes between iterations has no range unless the user gives one.
/// </summary>
internal sealed class ShapePropagation
{
    private readonly Dictionary<Value, Hull> _hulls = new(ReferenceEqualityComparer.Instance);
    private readonly InputRanges _ranges;
    private readonly IOperatorRules _rules;

    private ShapePropagation(InputRanges ranges, IOperatorRules rules)
    {
        _ranges = ranges;
        _rules = rules;
    }

    /// <summary>Propagates the shapes of inputs to the values of <paramref name="wanted"/>.</summary>
    public static ShapePropagation Of(Graph graph, IOperatorRules rules, ModelShapes shapes, IEnumerable<Value> wanted)
    {
        var ranges = InputRanges.Of(graph, shapes);
        ShapePropagation propagation = new(ranges, rules);
        foreach (Value value in wanted)
            if (!IsStatic(value) || MayBeShapeTensor(value)) propagation._hulls.TryAdd(value, new Hull());
        if (propagation._hulls.Count > 0)
            foreach (long[] point in SizePoints.Of(ranges.Sizes)) propagation.Infer(graph, point);
        return propagation;
    }

    /// <summary>
    /// The ranges of a group's inputs. Static inputs have no shape range. Inputs of integers have a range of values wherever shape
    /// inference knows their elements: which of them are shape tensors, whose values TensorRT must know, TensorRT itself decides.
    /// </summary>
    /// <param name="inputs">The inputs.</param>
    /// <param name="name">The name of an input in the engine, by its place.</param>
    /// <param name="reason">Why there is no profile; null if there is one.</param>
    /// <param name="observed">The sizes of an input that one run showed, for those that nothing else bounds; null: none.</param>
    /// <returns>The profile; null if the sizes of an input have no bound.</returns>
    public ShapeProfile? ProfileOf(
        IReadOnlyList<Value> inputs, Func<int, string> name, out string? reason, Func<Value, ShapeRange?>? observed = null)
    {
        reason = null;
        Dictionary<string, ShapeRange> shapes = [], values = [];
        for (int i = 0; i < inputs.Count; i++)
        {
            if (!_hulls.TryGetValue(inputs[i], out Hull? hull)) continue;
            if (hull.Elements is { } elements) values[name(i)] = elements;
            if (IsStatic(inputs[i])) continue;
            if ((hull.Shape ?? observed?.Invoke(inputs[i])) is { } shape) shapes[name(i)] = shape;
            else
            {
                string open = _ranges.Open.Count > 0 ? $"; no range is given for {string.Join(", ", _ranges.Open)}" : "";
                reason ??= $"nothing bounds the sizes of '{inputs[i].Name}' ({inputs[i].Type}){open}";
            }
        }
        return reason is null ? new ShapeProfile(shapes) { Values = values } : null;
    }

    private static bool IsStatic(Value value) => value.Shape is { IsStatic: true };

    /// <summary>Whether the value may be a shape tensor: integers whose elements shape inference knows.</summary>
    private static bool MayBeShapeTensor(Value value) =>
        value.Elements is not null && value.ElementType is ElementType.Int64 or ElementType.Int32;

    private void Infer(Graph graph, long[] point)
    {
        BuildScope scope = BuildScope.For(graph);
        GraphRewriter replay = new(graph, _rules, scope);
        foreach (Value input in graph.Inputs)
            if (input.Type is TensorType { Shape: { IsStatic: false } shape } type)
            {
                Dim[] dims = [.. shape.Dims];
                for (int axis = 0; axis < dims.Length; axis++)
                    if (!dims[axis].IsKnown && _ranges.SizeAt(point, input, axis) is { } size) dims[axis] = size;
                replay.Replace(input, new Value(input.Name, type with { Shape = new Shape(dims) }));
            }
        Infer(graph, replay, scope, point);
    }

    /// <summary>Infers the shapes of a graph and of the bodies of its nodes.</summary>
    /// <param name="source">The graph as it is in the model.</param>
    /// <param name="replay">A copy in progress, node by node, of <paramref name="source"/> or of its typed counterpart.</param>
    /// <param name="scope">The scope that all copies at a point share.</param>
    /// <param name="point">The point.</param>
    private void Infer(Graph source, GraphRewriter replay, BuildScope scope, long[] point)
    {
        Graph typed = replay.Source;
        for (int i = 0; i < source.Inputs.Length; i++) See(source.Inputs[i], typed.Inputs[i]);
        for (int n = 0; n < source.Nodes.Length; n++)
        {
            Node node = source.Nodes[n], copy = replay.Keep(typed.Nodes[n]);
            for (int o = 0; o < node.Outputs.Length; o++)
                if (node.Outputs[o] is { } output) See(output, typed.Nodes[n].Outputs[o]!);
            if (node.Attributes.Count == 0) continue;
            foreach ((Graph body, Graph inside) in node.Attributes.Bodies().Zip(copy.Attributes.Bodies()))
                Infer(body, new GraphRewriter(inside, _rules, scope, isBody: true), scope, point);
        }

        void See(Value value, Value known)
        {
            if (_ranges.ShapeAt(point, value.Name) is { } given && replay.Map(known).Tensor is { } type)
                replay.Replace(known, new Value(known.Name, type with { Shape = given }));
            if (_hulls.TryGetValue(value, out Hull? hull)) hull.Add(replay.Map(known), symbol => _ranges.SizeAt(point, symbol));
        }
    }

    /// <summary>The hull of a value's shapes and elements at the points so far. The first point is the optimum.</summary>
    private sealed class Hull
    {
        private long[]? _min, _opt, _max;
        private long[]? _least, _usual, _greatest;
        private bool _isOpen, _hasNoElements;

        public ShapeRange? Shape => _isOpen || _min is null ? null : new ShapeRange(_min, _opt!, _max!);
        public ShapeRange? Elements => _hasNoElements || _least is null ? null : new ShapeRange(_least, _usual!, _greatest!);

        public void Add(Value value, Func<string?, long?> sizeOf)
        {
            _isOpen |= !Widen(value.Shape?.Dims, sizeOf, ref _min, ref _opt, ref _max);
            _hasNoElements |= !Widen(value.Elements, sizeOf, ref _least, ref _usual, ref _greatest);
        }

        private static bool Widen(IReadOnlyList<Dim>? dims, Func<string?, long?> sizeOf, ref long[]? min, ref long[]? opt, ref long[]? max)
        {
            if (dims is null || (opt is not null && opt.Length != dims.Count)) return false;
            long[] sizes = new long[dims.Count];
            for (int i = 0; i < sizes.Length; i++)
            {
                if (SizeOf(dims[i], sizeOf) is not { } size) return false;
                sizes[i] = size;
            }
            opt ??= sizes;
            min = min is null ? [.. sizes] : [.. min.Zip(sizes, Math.Min)];
            max = max is null ? [.. sizes] : [.. max.Zip(sizes, Math.Max)];
            return true;
        }

        /// <summary>A negative element is a symbol named by its number (<see cref="Value.Elements"/>).</summary>
        private static long? SizeOf(Dim dim, Func<string?, long?> sizeOf) =>
            dim.IsKnown ? dim.Size
            : long.TryParse(dim.Symbol, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long number) ? number
            : sizeOf(dim.Symbol);
    }
}
