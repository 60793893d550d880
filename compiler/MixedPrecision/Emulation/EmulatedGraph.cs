using System.Runtime.InteropServices;
using GraphPartition.Operators.Families;

namespace GraphPartition.MixedPrecision.Emulation;

/// <summary>The FP32 copy of a graph or body in which 16-bit values are rounded FP32 values.</summary>
internal sealed class EmulatedGraph
{
    /// <summary>Attributes that name an element type.</summary>
    internal static readonly string[] TypeAttributes = ["to", "dtype", "stash_type", "softmax_precision", "output_dtype", "precision"];

    private readonly Graph _source;
    private readonly OperatorTable _operators;
    private readonly EmulatedGraph? _outer;
    private readonly GraphBuilder _builder;
    private readonly Dictionary<Value, Value> _map = [];
    private bool _isChanged;

    public EmulatedGraph(Graph source, OperatorTable operators)
        : this(source, operators, null, BuildScope.For(source)) { }

    private EmulatedGraph(Graph source, OperatorTable operators, EmulatedGraph? outer, BuildScope scope)
    {
        (_source, _operators, _outer) = (source, operators, outer);
        _builder = new(operators, scope, source.Nodes.Length) { Name = source.Name, Metadata = source.Metadata };
    }

    public Graph Build()
    {
        foreach (Value input in _source.Inputs) AddInput(input);
        foreach (Value constant in _source.Constants) AddConstant(constant);
        foreach (Node node in _source.Nodes) Add(node);
        Value[] outputs = [.. _source.Outputs.Select(Output)];
        _isChanged |= !outputs.AsSpan().SequenceEqual(_source.Outputs.AsSpan()); // a body may return a value from outside
        return _isChanged ? _builder.Build(outputs) : _source;
    }

    private bool IsMain => _outer is null;

    private void AddInput(Value input)
    {
        TensorData? otherwise = _source.Defaults.GetValueOrDefault(input);
        if (LowFormat.Of(input.ElementType) is null) _builder.Input(input, otherwise);
        else if (IsMain)
        {
            _builder.Input(input, otherwise);
            _map[input] = Cast(input, ElementType.Float32, input.Name + "_fp32", input.Shape);
        }
        else _map[input] = _builder.Input(input.Name, Full(input));
        _isChanged |= _map.ContainsKey(input);
    }

    private void AddConstant(Value constant)
    {
        if (LowFormat.Of(constant.ElementType) is not { } format)
        {
            _builder.Constant(constant);
            return;
        }
        _isChanged = true;
        bool isOutput = IsMain && _source.Outputs.Contains(constant);
        _map[constant] = _builder.Constant(isOutput ? constant.Name + "_fp32" : constant.Name, Widened(constant.Data!, format));
    }

    private void Add(Node node)
    {
        Value?[] inputs = [.. node.Inputs.Select(v => v is null ? null : Map(v))];
        bool isLow = node.Outputs.Any(v => v is not null && HoldsLow(v.Type));
        if (node.Op.Is("Cast") && node.Output(0) is { } y && inputs[0] is { } x && (isLow || !ReferenceEquals(x, node.Inputs[0])))
        {
            AddCast(node, node.Inputs[0]!, x, y);
            return;
        }
        AttributeMap attributes = node.Attributes.Count == 0 ? node.Attributes : Full(node.Attributes);
        bool isChanged = isLow || !ReferenceEquals(attributes, node.Attributes) || !inputs.AsSpan().SequenceEqual(node.Inputs.AsSpan());
        if (!isChanged)
        {
            _builder.Append(node);
            return;
        }
        _isChanged = true;
        if (!isLow)
        {
            _builder.Define(node.Op, inputs, node.Outputs.AsSpan(), attributes, node.Name, node.Version, node.Metadata);
            return;
        }
        bool isExact = OperatorDefinitions.Of(node.Op).MovesElements || !node.Attributes.Bodies().IsEmpty;
        OutputSpec[] outputs = [.. node.Outputs.Select(v => v is null ? default : LowFormat.Of(v.ElementType) is not null
            ? new(isExact ? NameOf(v) : v.Name + "_exact", Full(v), v.Metadata)
            : new OutputSpec(v.Name, HoldsLow(v.Type) ? null : v.Type, v.Metadata))];
        Node copy = _builder.Add(node.Op, inputs, outputs, attributes, node.Name, node.Version, node.Metadata);
        for (int o = 0; o < outputs.Length; o++)
            if (node.Outputs[o] is { } v)
                _map[v] = LowFormat.Of(v.ElementType) is { } format && !isExact ? Rounded(copy.Outputs[o]!, format, v) : copy.Outputs[o]!;
    }

    private void AddCast(Node node, Value from, Value x, Value y)
    {
        _isChanged = true;
        if (LowFormat.Of(y.ElementType) is { } format)
        {
            if (x.ElementType != ElementType.Float32) x = Cast(x, ElementType.Float32, y.Name + "_exact", y.Shape);
            _map[y] = Rounded(x, format, y);
        }
        else if (y.ElementType == ElementType.Float32 && LowFormat.Of(from.ElementType) is not null
            && !(IsMain && _source.Outputs.Contains(y))) _map[y] = x;
        else _builder.Define("Cast", [x], [y], node.Attributes, node.Name, node.Version, node.Metadata);
    }

    /// <summary>An FP32 value rounded to a format.</summary>
    private Value Rounded(Value x, LowFormat format, Value low) =>
        Cast(Cast(x, format.Element, $"{low.Name}_{format.Name}", low.Shape), ElementType.Float32, NameOf(low), low.Shape);

    /// <summary>The name of the FP32 value in place of a 16-bit one. An output keeps its name for the value in 16 bits.</summary>
    private string NameOf(Value low) => IsMain && _source.Outputs.Contains(low) ? low.Name + "_fp32" : low.Name;

    private Value Output(Value output)
    {
        Value with = Map(output);
        return IsMain && LowFormat.Of(output.ElementType) is { } format && !ReferenceEquals(with, output)
            ? _source.Inputs.Contains(output) ? output : Cast(with, format.Element, output.Name, output.Shape) : with;
    }

    private Value Cast(Value from, ElementType to, string name, Shape? shape) =>
        _builder.Add("Cast", [from], [new OutputSpec(name, IrType.Tensor(to, shape))], AttributeMap.Of(("to", (long)to)), name).Outputs[0]!;

    private Value Map(Value value)
    {
        for (EmulatedGraph? at = this; at is not null; at = at._outer)
            if (at._map.TryGetValue(value, out Value? with)) return with;
        return value;
    }

    /// <summary>Attributes that name a 16-bit type name FP32, tensors are FP32, and bodies are emulated.</summary>
    private AttributeMap Full(AttributeMap attributes)
    {
        foreach (string name in TypeAttributes)
            if (attributes[name] is IntAttribute { Value: > 0 and < 64 and var type } && LowFormat.Of((ElementType)type) is not null)
                attributes = attributes.With(name, (long)ElementType.Float32);
        if (attributes.Tensor("value") is { } fill && LowFormat.Of(fill.Element) is { } format)
            attributes = attributes.With("value", Widened(fill, format));
        return attributes.MapBodies(body => new EmulatedGraph(body, _operators, this, _builder.Scope).Build());
    }

    private static TensorType Full(Value low) => new(ElementType.Float32, low.Shape);

    private static bool HoldsLow(IrType type) => type switch
    {
        TensorType t => LowFormat.Of(t.Element) is not null,
        SequenceType s => HoldsLow(s.Element),
        OptionalType o => HoldsLow(o.Element),
        _ => false,
    };

    /// <summary>16-bit numbers in FP32.</summary>
    internal static TensorData Widened(TensorData data, LowFormat format)
    {
        var numbers = new float[data.ElementCount];
        ReadOnlySpan<ushort> from = MemoryMarshal.Cast<byte, ushort>(data.Bytes.Span);
        for (int i = 0; i < numbers.Length; i++) numbers[i] = format.Number(from[i]);
        return TensorData.Of<float>(ElementType.Float32, numbers, data.Dims.AsSpan());
    }
}
