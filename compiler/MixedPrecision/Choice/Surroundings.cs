using GraphPartition.Operators.Families;

namespace GraphPartition.MixedPrecision.Choice;

/// <summary>
/// What the neighbors of a node tell, computed for one graph in one walk in each direction. Each fact spreads only through operators
/// that take part in the precision of their neighbors, and stops at convolutions and matrix products.
/// </summary>
internal sealed class Surroundings
{
    private readonly Graph _graph;
    private readonly LowFormat _format;
    private readonly bool[] _onlyMasks, _toProduct, _toIntegers, _fromLow, _toLow;

    public Surroundings(Graph graph, LowFormat format)
    {
        (_graph, _format) = (graph, format);
        int count = graph.Uses.ValueCount;
        (_onlyMasks, _toProduct, _toIntegers) = (new bool[count], new bool[count], new bool[count]);
        (_fromLow, _toLow) = (new bool[count], new bool[count]);
        for (int n = graph.Nodes.Length - 1; n >= 0; n--)
            foreach (Value? v in graph.Nodes[n].Outputs)
                if (v is not null) LookAhead(v);
        foreach (Value v in graph.Constants) LookAhead(v);
        foreach (Value v in graph.Inputs) LookAhead(v);
        foreach (Node node in graph.Nodes)
        {
            bool isFromLow = IsCast(node, ElementType.Float32) && node.Input(0) is { } x && LowFormat.Of(x.ElementType) is not null;
            foreach (Value? v in node.Inputs) isFromLow |= v is { ElementType: ElementType.Float32 } && Is(_fromLow, v);
            foreach (Value? v in node.Outputs)
                if (isFromLow && v is { ElementType: ElementType.Float32 }) _fromLow[graph.Uses.IdOf(v)] = true;
        }
    }

    /// <summary>What an operator tells of its precision; null: it stays in FP32.</summary>
    public static LowPrecision? PrecisionOf(Node node)
    {
        OperatorDefinition definition = OperatorDefinitions.Of(node.Op);
        return definition.LowPrecision ?? (definition.MovesElements ? LowPrecision.Follows : null);
    }

    /// <summary>Whether a node casts to a type.</summary>
    public static bool IsCast(Node node, ElementType to) => node.Op.Is("Cast") && node.Output(0)?.ElementType == to;

    /// <summary>Whether all that is computed from the value ends in a Softmax: then its very negative numbers mask scores.</summary>
    public bool IsMask(Value value) => Is(_onlyMasks, value);

    /// <summary>Whether a matrix product uses the value, moved or scaled at most: as the weights of an attention are.</summary>
    public bool ReachesProduct(Value value) => Is(_toProduct, value);

    /// <summary>Whether whole numbers are made of the value: sizes, indices, coordinates.</summary>
    public bool BecomesIntegers(Value value) => Is(_toIntegers, value);

    /// <summary>Whether the node computes in FP32 between two 16-bit parts of the model.</summary>
    public bool IsIslandOfModel(Node node) =>
        node.Inputs.Any(v => v is not null && Is(_fromLow, v)) && node.Outputs.Any(v => v is not null && Is(_toLow, v));

    /// <summary>The small constant that keeps a divisor from being 0, where the divisor is a sum or a maximum with one.</summary>
    /// <returns>The constant, or null where the divisor has no such form or the constant is a normal number of the format.</returns>
    public float? SmallEpsilon(Value divisor)
    {
        const int MostSteps = 8; // Sqrt, a power, and what changes the shape
        for (int step = 0; step < MostSteps; step++)
        {
            if (_graph.Uses.IdOf(divisor) is < 0 || _graph.Uses.ProducerOf(divisor) is not (>= 0 and var producer)) return null;
            Node node = _graph.Nodes[producer];
            if (node.Op.Is("Add") || node.Op.Is("Max") || node.Op.Is("Clip"))
                foreach (Value? v in node.Inputs)
                    if (v?.Data is { ElementCount: 1, Element: ElementType.Float32 } data && MathF.Abs(data.As<float>()[0]) is > 0 and var eps
                        && eps < _format.SmallestNormal) return eps;
            bool isPassed = node.Op.Is("Sqrt") || node.Op.Is("Pow") || node.Op.Is("Abs") || OperatorDefinitions.Of(node.Op).MovesElements;
            if (!isPassed || node.Input(0) is not { } before) return null;
            divisor = before;
        }
        return null;
    }

    private bool Is(bool[] fact, Value value) => _graph.Uses.IdOf(value) is >= 0 and var id && fact[id];

    private void LookAhead(Value v)
    {
        if (v.ElementType != ElementType.Float32) return;
        int id = _graph.Uses.IdOf(v);
        bool onlyMasks = !_graph.Uses.IsOutput(v);
        int users = 0;
        foreach (int u in _graph.Uses.UsersOf(id))
        {
            Node user = _graph.Nodes[u];
            if (OperatorDefinitions.Of(user.Op).AnyWidthInput is { } any && ReferenceEquals(user.Input(any), v)) continue; // only its shape
            users++;
            LowPrecision? precision = PrecisionOf(user);
            bool isPassed = precision is { IsFaster: false };
            onlyMasks &= EndsInSoftmax(user, v) || ((isPassed || user.Op.Is("Cast")) && All(user, _onlyMasks));
            _toProduct[id] |= precision is { IsFaster: true } || (Scales(user) && Any(user, _toProduct));
            _toIntegers[id] |= MakesIntegers(user, v, precision) || (isPassed && Any(user, _toIntegers));
            _toLow[id] |= (user.Op.Is("Cast") && LowFormat.Of(user.Output(0)?.ElementType ?? default) is not null) || Any(user, _toLow);
        }
        _onlyMasks[id] = onlyMasks && users > 0;
    }

    private static bool EndsInSoftmax(Node user, Value v) =>
        ((user.Op.Is("Softmax") || user.Op.Is("LogSoftmax")) && ReferenceEquals(user.Input(0), v))
        || (user.Op.Is("Attention") && ReferenceEquals(user.Input(3), v));

    private static bool Scales(Node user) =>
        OperatorDefinitions.Of(user.Op).MovesElements || user.Op.Is("Mul") || user.Op.Is("Div") || user.Op.Is("Where") || user.Op.Is("Dropout")
        || user.Op.Is("Cast");

    private static bool MakesIntegers(Node user, Value v, LowPrecision? precision) =>
        user.Op.Is("Range")
        || (user.Op.Is("Cast") && user.Output(0)?.ElementType is ElementType.Int64 or ElementType.Int32 or ElementType.Int16
            or ElementType.Int8 or ElementType.UInt8 or ElementType.UInt16 or ElementType.UInt32 or ElementType.UInt64)
        || (precision is not null && user.Op.Is("Resize") && precision.FullInputs.Any(i => ReferenceEquals(user.Input(i), v)));

    private bool All(Node node, bool[] fact)
    {
        foreach (Value? v in node.Outputs)
            if (v is not null && !Is(fact, v)) return false;
        return true;
    }

    private bool Any(Node node, bool[] fact)
    {
        foreach (Value? v in node.Outputs)
            if (v is not null && Is(fact, v)) return true;
        return false;
    }
}
