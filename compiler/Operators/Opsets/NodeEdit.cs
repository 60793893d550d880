using GraphPartition.Ir.Tensors;

namespace GraphPartition.Operators.Opsets;

/// <summary>
/// A node while it is converted from one version of its operator to another. Helper nodes and constants go to the graph at once,
/// so the node itself, which keeps name and outputs, is the last of the nodes that replace it (but for casts of outputs).
/// </summary>
public sealed class NodeEdit(GraphBuilder builder, OpName op, ReadOnlySpan<Value?> inputs, AttributeMap attributes, bool[] outputs)
{
    private readonly List<Value?> _inputs = [.. inputs];
    private readonly List<(int, ElementType)> _outputCasts = [];

    /// <summary>The operator. A row that changes it leaves the node in canonical form.</summary>
    public OpName Op { get; set; } = op;

    /// <summary>The attributes.</summary>
    public AttributeMap Attributes { get; set; } = attributes;

    /// <summary>The inputs.</summary>
    public IReadOnlyList<Value?> Inputs => _inputs;

    /// <summary>The number of outputs, left-out ones included.</summary>
    public int OutputCount => outputs.Length;

    /// <summary>Whether the node has the output, with a name.</summary>
    public bool HasOutput(int output) => output < outputs.Length && outputs[output];

    /// <summary>The input, or null where it is left out.</summary>
    public Value? Input(int index) => index < _inputs.Count ? _inputs[index] : null;

    /// <summary>Sets an input, or leaves it out; inputs left out at the end are dropped.</summary>
    public void SetInput(int index, Value? value)
    {
        while (_inputs.Count <= index) _inputs.Add(null);
        _inputs[index] = value;
        while (_inputs.Count > 0 && _inputs[^1] is null) _inputs.RemoveAt(_inputs.Count - 1);
    }

    /// <summary>Sets all inputs.</summary>
    public void SetInputs(params ReadOnlySpan<Value?> inputs)
    {
        _inputs.Clear();
        _inputs.AddRange(inputs);
    }

    /// <summary>Removes an attribute.</summary>
    /// <returns>Its value, or null where it is not set.</returns>
    public AttributeValue? Take(string name)
    {
        AttributeValue? value = Attributes[name];
        if (value is not null) Attributes = Attributes.With(name, null);
        return value;
    }

    /// <summary>Removes an attribute that is a list of integers.</summary>
    /// <returns>Its value, or null where it is not set.</returns>
    public long[]? TakeInts(string name) => Take(name) is IntsAttribute a ? [.. a.Values] : null;

    /// <summary>Sets an attribute.</summary>
    public void Set(string name, AttributeValue value) => Attributes = Attributes.With(name, value);

    /// <summary>A new constant.</summary>
    public Value Constant(TensorData data) => builder.Constant("", data);

    /// <summary>A new constant of 64-bit integers, rank 1.</summary>
    public Value Integers(params ReadOnlySpan<long> values) => Constant(TensorData.Int64s(values));

    /// <summary>The result of a new node.</summary>
    public Value Emit(string op, ReadOnlySpan<Value?> inputs, AttributeMap? attributes = null) => builder.Op(op, "", inputs, attributes);

    /// <summary>The values of an integer input, or null where they are not constant.</summary>
    public long[]? KnownIntegers(int input) => Input(input)?.Data?.ToIntegers();

    /// <summary>Outputs that have another type in the new version, and their type in the old one.</summary>
    public IReadOnlyList<(int Output, ElementType Type)> OutputCasts => _outputCasts;

    /// <summary>Gives an output its old type by a Cast behind the node.</summary>
    /// <returns>Null, or why that is impossible.</returns>
    public string? CastOutput(int output, ElementType type)
    {
        if (type == ElementType.Undefined) return $"the type of output {output} is not known";
        _outputCasts.Add((output, type));
        return null;
    }

    /// <summary>A builder for a body of the node.</summary>
    public GraphBuilder NewBody() => new(builder.Rules, builder.Scope);

    /// <summary>The shape of an input, or null where its rank is not known.</summary>
    public Shape? Shape(int input) => Input(input)?.Shape;

    /// <summary>A float as a scalar of the element type of an input.</summary>
    /// <returns>The scalar, or null where the type is unknown or not a float type.</returns>
    public static TensorData? FloatScalar(ElementType element, float value) => element switch
    {
        ElementType.Float32 => TensorData.Scalar(element, value),
        ElementType.Float64 => TensorData.Scalar(element, (double)value),
        ElementType.Float16 => TensorData.Scalar(element, (Half)value),
        _ => null,
    };
}
