using GraphPartition.Ir.Types;

namespace GraphPartition.MindIr.Primitives;

/// <summary>
/// The axis of the channels. ONNX has them on axis 1; a file may have "NHWC", and then values are transposed around the node.
/// </summary>
internal readonly struct Layout
{
    private readonly PrimitiveCall _call;

    /// <summary>The layout of the images that a primitive works on.</summary>
    public Layout(PrimitiveCall call, string argument = "format")
    {
        _call = call;
        string format = call.Text(argument, "NCHW", (0, "NCHW"), (1, "NHWC"), (14, "NCDHW"));
        if (format is not ("NCHW" or "NHWC" or "NCDHW")) throw call.Unsupported($"has the data format {format}");
        IsChannelsLast = format == "NHWC";
    }

    /// <summary>Whether the file has the channels on the last axis.</summary>
    public bool IsChannelsLast { get; }

    /// <summary>A value of the file, with its channels on axis 1. Weights are laid out as images are.</summary>
    public Value In(Value value) =>
        IsChannelsLast ? _call.Emit.Add("Transpose", [value], ("perm", new long[] { 0, 3, 1, 2 })) : value;

    /// <summary>Adds the node that gives the result, in the layout of the file.</summary>
    public Operand Result(OpName op, ReadOnlySpan<Value?> inputs, params ReadOnlySpan<(string, AttributeValue)> attributes) =>
        IsChannelsLast
        ? _call.Emit.Result("Transpose", [_call.Emit.Add(op, inputs, attributes)], ("perm", new long[] { 0, 2, 3, 1 }))
        : _call.Emit.Result(op, inputs, attributes);

    /// <summary>The shape of a value of the file, channels on axis 1; null where the rank is not known.</summary>
    public Shape? ShapeOf(Value value) =>
        value.Shape is { Rank: 4 } s && IsChannelsLast ? new Shape(s[0], s[3], s[1], s[2]) : value.Shape;
}
