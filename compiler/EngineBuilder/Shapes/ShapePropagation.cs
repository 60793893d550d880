using GraphPartition.Ir.Rewriting;
using GraphPartition.Ir.Types;
using GraphPartition.Operators.Analysis;
using GraphPartition.Operators.Inference;

namespace GraphPartition.EngineBuilder.Shapes;

/// <summary>
/// From ranges of the model's inputs to ranges of every value inside, in bodies too. Shape inference runs on the whole graph at each
/// point of <see cref="SizePoints"/>, so all that the operators' rules know about sizes counts. A range is the hull of the results: it
/// is exact where sizes depend on each other. What these points leave open, because only a run tells, has the range that interval analysis
/// proves (<see cref="GraphBounds"/>). What the rules infer for a value in a loop's body holds in every iteration, so a size that they
/// infer there is the same in all iterations; one that changes has the range of the analysis, or the one that the user gives.
/// </summary>
internal sealed class ShapePropagation
{
    private const long MostElements = BuildScope.MaxElements;

    private readonly Dictionary<Value, Hull> _hulls = new(ReferenceEqualityComparer.Instance);
    private readonly InputRanges _ranges;
    private readonly IOperatorRules _rules;
    private readonly Lazy<GraphBounds> _bounds;

    private ShapePropagation(Graph graph, InputRanges ranges, IOperatorRules rules)
    {
        _ranges = ranges;
        _rules = rules;
        HashSet<Value> inputs = [.. graph.Inputs];
        _bounds = new(() => GraphBounds.Of(
            graph, rules, BoundsQuestion.Sizes with { Given = v => ranges.BoundsOf(v, inputs.Contains(v)) }));
    }

    /// <summary>Propagates the shapes of inputs to the values of <paramref name="wanted"/>.</summary>
    public static ShapePropagation Of(Graph graph, IOperatorRules rules, ModelShapes shapes, IEnumerable<Value> wanted)
    {
        var ranges = InputRanges.Of(graph, shapes);
        ShapePropagation propagation = new(graph, ranges, rules);
        foreach (Value value in wanted)
            if (!IsStatic(value) || MayBeShapeTensor(value)) propagation._hulls.TryAdd(value, new Hull());
        if (propagation._hulls.Count > 0)
            foreach (long[] point in SizePoints.Of(ranges.Sizes)) propagation.Infer(graph, point);
        return propagation;
    }

    /// <summary>
    /// The ranges of a group's inputs. Static inputs have no shape range. Inputs of integers have a range of values wherever it is given,
    /// inferred or proved: which of them are shape tensors, whose values TensorRT must know, TensorRT itself decides.
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
            if (ElementsOf(inputs[i], hull) is { } elements) values[name(i)] = elements;
            if (IsStatic(inputs[i])) continue;
            if (ShapeOf(inputs[i], observed) is { } shape) shapes[name(i)] = shape;
            else
            {
                string open = _ranges.Open.Count > 0 ? $"; no range is given for {string.Join(", ", _ranges.Open)}" : "";
                reason ??= $"nothing bounds the sizes of '{inputs[i].Name}' ({inputs[i].Type}){open}";
            }
        }
        return reason is null ? new ShapeProfile(shapes) { Values = values } : null;
    }

    /// <summary>The range of a value's sizes.</summary>
    /// <param name="value">A value of the graph or of a body.</param>
    /// <param name="observed">The sizes that one run showed, for what nothing else bounds; null: none.</param>
    /// <returns>The range; null if a size has no bound.</returns>
    public ShapeRange? ShapeOf(Value value, Func<Value, ShapeRange?>? observed = null)
    {
        if (value.Shape is { IsStatic: true } known) return Fixed(known);
        ShapeRange? seen = observed?.Invoke(value);
        if (value.Shape is not { } shape) return seen;
        return HullOf(value).Sizes.Range(shape.Rank, axis => Bound(_bounds.Value[value].Sizes, axis, seen)) ?? seen;
    }

    private ShapeRange? ElementsOf(Value value, Hull hull) => value.Shape is { IsStatic: true, ElementCount: <= MostElements and var count }
        && value.ElementType is ElementType.Int64 or ElementType.Int32
            ? hull.Elements.Range((int)count, i => Bound(_bounds.Value[value].Elements, i, null)) : null;

    /// <summary>
    /// A proved range. It has no optimum of its own: that is the greatest, where time counts most, or what a run showed.
    /// </summary>
    private static DimRange? Bound(IReadOnlyList<IntegerRange?>? ranges, int index, ShapeRange? seen)
    {
        if (index >= ranges?.Count || ranges?[index] is not { Least: >= int.MinValue, Most: < int.MaxValue } range) return null;
        return new(range.Least, index < seen?.Opt.Count ? Math.Clamp(seen.Opt[index], range.Least, range.Most) : range.Most, range.Most);
    }

    private static ShapeRange Fixed(Shape shape)
    {
        long[] sizes = [.. shape.Dims.Select(d => d.Size)];
        return new(sizes, sizes, sizes);
    }

    private Hull HullOf(Value value) => _hulls.GetValueOrDefault(value) ?? Hull.Empty;

    private static bool IsStatic(Value value) => value.Shape is { IsStatic: true };

    /// <summary>Whether the value may be a shape tensor: TensorRT takes the values of small tensors of integers only.</summary>
    private static bool MayBeShapeTensor(Value value) => value.ElementType is ElementType.Int64 or ElementType.Int32
        && (value.Elements is not null || value.Shape is { Rank: <= 1, IsStatic: true, ElementCount: <= MostElements });

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
            if (_ranges.ElementsAt(point, value.Name) is { } elements && replay.Map(known) is var mapped)
                replay.Replace(known, new Value(known.Name, mapped.Type, null, elements));
            if (_hulls.TryGetValue(value, out Hull? hull)) hull.Add(replay.Map(known), symbol => _ranges.SizeAt(point, symbol));
        }
    }

    /// <summary>The sizes and the elements of a value at the points so far.</summary>
    private sealed class Hull
    {
        public static Hull Empty { get; } = new();
        public SeenSizes Sizes { get; } = new();
        public SeenSizes Elements { get; } = new();

        public void Add(Value value, Func<string?, long?> sizeOf)
        {
            Sizes.Add(value.Shape?.Dims, sizeOf);
            Elements.Add(value.Elements, sizeOf);
        }
    }
}
