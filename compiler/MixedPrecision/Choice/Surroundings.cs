using GraphPartition.Operators.Families;

namespace GraphPartition.MixedPrecision.Choice;

/// <summary>
/// Facts about the neighbors of each node, computed for one graph in one walk in each direction. Each fact spreads only through operators
/// that take part in the precision of their neighbors, and stops at convolutions and matrix products.
/// </summary>
internal sealed class Surroundings
{
    private readonly Graph _graph;
    private readonly LowFormat _format;
    private readonly bool[] _onlyMasks, _toProduct, _toIntegers, _toSmall, _toLog, _toLinear, _toResult, _fromLow, _toLow;

    public Surroundings(Graph graph, LowFormat format)
    {
        (_graph, _format) = (graph, format);
        int count = graph.Uses.ValueCount;
        (_onlyMasks, _toProduct, _toIntegers) = (new bool[count], new bool[count], new bool[count]);
        (_toSmall, _toLog, _toLinear, _toResult) = (new bool[count], new bool[count], new bool[count], new bool[count]);
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

    /// <summary>The precision facet of an operator; null: it stays in FP32.</summary>
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

    /// <summary>Whether the value becomes integers: sizes, indices, coordinates.</summary>
    public bool BecomesIntegers(Value value) => Is(_toIntegers, value);

    /// <summary>
    /// Whether a Log uses the value, or a small constant is added to it. Then its small numbers matter, and FP16 has none.
    /// </summary>
    public bool NeedsSmallNumbers(Value value) => Is(_toSmall, value) || (_format.IsNarrow && Is(_toLog, value));

    /// <summary>
    /// Whether a Log uses the sums in the value, directly or after other linear layers, as in a spectrogram. The rounding of the
    /// terms of a sum is as large as its largest terms allow, and a logarithm makes it the error of a small sum.
    /// </summary>
    public bool SumsMeetLogarithm(Value value) => Is(_toLog, value) || Is(_toLinear, value);

    /// <summary>Whether the value is a result of the graph, moved at most.</summary>
    public bool IsResult(Value value) => Is(_toResult, value);

    /// <summary>Whether the node computes in FP32 between two 16-bit parts of the model.</summary>
    public bool IsIslandOfModel(Node node)
    {
        if (!Any(node, _toLow)) return false;
        foreach (Value? v in node.Inputs)
            if (v is not null && Is(_fromLow, v)) return true;
        return false;
    }

    /// <summary>The small constant that keeps a divisor from being 0, where the divisor is a sum or a maximum with one.</summary>
    /// <returns>The constant, or null where the divisor has no such form or the constant is a normal number of the format.</returns>
    public float? SmallEpsilon(Value divisor)
    {
        const int MostSteps = 8; // Sqrt, a power, and what changes the shape
        for (int step = 0; step < MostSteps; step++)
        {
            if (_graph.Uses.IdOf(divisor) is < 0 || _graph.Uses.ProducerOf(divisor) is not (>= 0 and var producer)) return null;
            Node node = _graph.Nodes[producer];
            if (SmallConstant(node) is { } epsilon && epsilon < _format.SmallestNormal) return epsilon;
            bool isPassed = node.Op.Is("Sqrt") || node.Op.Is("Pow") || node.Op.Is("Abs") || OperatorDefinitions.Of(node.Op).MovesElements;
            if (!isPassed || node.Input(0) is not { } before) return null;
            divisor = before;
        }
        return null;
    }

    /// <summary>The positive number that a node adds, or that bounds its result; null: none.</summary>
    private static float? SmallConstant(Node node)
    {
        if (!node.Op.Is("Add") && !node.Op.Is("Max") && !node.Op.Is("Clip")) return null;
        foreach (Value? v in node.Inputs)
            if (v?.Data is { ElementCount: 1, Element: ElementType.Float32 } data && data.As<float>()[0] is > 0 and var number)
                return number;
        return null;
    }

    private bool Is(bool[] fact, Value value) => _graph.Uses.IdOf(value) is >= 0 and var id && fact[id];

    private void LookAhead(Value v)
    {
        if (v.ElementType != ElementType.Float32) return;
        int id = _graph.Uses.IdOf(v);
        bool onlyMasks = !_graph.Uses.IsOutput(v);
        _toResult[id] = !onlyMasks;
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
            bool isArithmetic = isPassed && !OperatorDefinitions.Of(user.Op).IsActivation && !user.Op.Is("Softmax");
            bool isLost = SmallConstant(user) is { } small && MathF.Abs(_format.Round(small) - small) > small / 128;
            _toSmall[id] |= isLost || (isPassed && Any(user, _toSmall)) || (_format.IsNarrow && isPassed && Any(user, _toLog));
            _toLog[id] |= user.Op.Is("Log") || (isArithmetic && Any(user, _toLog));
            _toLinear[id] |= precision is { IsFaster: true } ? Any(user, _toLog) || Any(user, _toLinear)
                : IsLinear(user) && Any(user, _toLinear);
            _toResult[id] |= OperatorDefinitions.Of(user.Op).MovesElements && Any(user, _toResult);
            _toLow[id] |= (user.Op.Is("Cast") && LowFormat.Of(user.Output(0)?.ElementType ?? default) is not null) || Any(user, _toLow);
        }
        _onlyMasks[id] = onlyMasks && users > 0;
    }

    private static bool IsLinear(Node user) => OperatorDefinitions.Of(user.Op).MovesElements || user.Op.Is("Neg") || user.Op.Is("Add")
        || user.Op.Is("Sub") || user.Op.Is("Pad") || (user.Op.Is("Mul") && user.Inputs.Any(v => v is { IsConstant: true }));

    private static bool EndsInSoftmax(Node user, Value v) =>
        ((user.Op.Is("Softmax") || user.Op.Is("LogSoftmax")) && ReferenceEquals(user.Input(0), v))
        || (user.Op.Is("Attention") && ReferenceEquals(user.Input(3), v));

    private static bool Scales(Node user) =>
        OperatorDefinitions.Of(user.Op).MovesElements || user.Op.Is("Mul") || user.Op.Is("Div") || user.Op.Is("Where")
        || user.Op.Is("Dropout") || user.Op.Is("Cast");

    private static bool MakesIntegers(Node user, Value v, LowPrecision? precision) =>
        user.Op.Is("Range")
        || (user.Op.Is("Cast") && user.Output(0)?.ElementType is ElementType.Int64 or ElementType.Int32 or ElementType.Int16
            or ElementType.Int8 or ElementType.UInt8 or ElementType.UInt16 or ElementType.UInt32 or ElementType.UInt64)
        || (precision is not null && user.Op.Is("Resize") && IsAmong(precision.FullInputs, user, v));

    private static bool IsAmong(ImmutableArray<int> places, Node user, Value v)
    {
        foreach (int i in places)
            if (ReferenceEquals(user.Input(i), v)) return true;
        return false;
    }

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
