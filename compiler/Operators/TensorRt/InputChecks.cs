using System.Globalization;
using GraphPartition.Ir.Tensors;
using GraphPartition.Operators.Schemas;

namespace GraphPartition.Operators.TensorRt;

/// <summary>What conditions ask of the inputs of a node.</summary>
internal static class InputChecks
{
    /// <summary>The name of an input in messages.</summary>
    public static string Name(Node node, string input) => Name(node, int.Parse(input, CultureInfo.InvariantCulture));

    /// <summary>The name of an input in messages.</summary>
    public static string Name(Node node, int input) =>
        OperatorSchemas.Default.Canonical(node.Op)?.Input(input) is { } p
            ? $"'{p.Name}'" : input.ToString(CultureInfo.InvariantCulture);

    /// <summary>The name of an output in messages.</summary>
    public static string OutputName(Node node, string output) =>
        OperatorSchemas.Default.Canonical(node.Op)?.Output(int.Parse(output, CultureInfo.InvariantCulture)) is { } p
            ? $"'{p.Name}'" : output;

    /// <summary>Whether a value is left out, a constant, or known by shape arithmetic.</summary>
    public static bool IsKnown(Value? value) => value is null || value.IsConstant || Known(value) is not null;

    /// <summary>The whole numbers of a constant list or scalar, or of one that shape arithmetic knows.</summary>
    /// <returns>The numbers, or null where some are not known.</returns>
    public static long[]? Known(Value? value)
    {
        if (value?.Data is { Dims.Length: <= 1 } data) return data.ToIntegers();
        if (value?.Elements is not { } elements) return null;
        var numbers = new long[elements.Length];
        for (int i = 0; i < numbers.Length; i++)
        {
            if (DimMath.Number(elements[i]) is not { } number) return null;
            numbers[i] = number;
        }
        return numbers;
    }

    /// <summary>Whether a value is a constant of zeros.</summary>
    public static bool IsZero(Value value) =>
        value.Data is { } data and not StringTensor && data.ByteCount < 1 << 24 && data.Bytes.Span.IndexOfAnyExcept((byte)0) < 0;

    /// <summary>Why an input does not have a rank from <paramref name="least"/> to <paramref name="most"/>.</summary>
    /// <param name="node">The node.</param>
    /// <param name="input">The input.</param>
    /// <param name="least">The least rank.</param>
    /// <param name="most">The greatest rank.</param>
    /// <param name="offset">How many leading dimensions the message does not count: batch and channels.</param>
    /// <returns>The reason, or null.</returns>
    public static string? Rank(Node node, int input, int least, int most, int offset)
    {
        if (node.Input(input) is not { } value) return null;
        string wanted = least == most ? $"{least - offset}" : $"{least - offset} to {most - offset}";
        string what = offset == 0 ? "dimensions" : "spatial dimensions";
        if (value.Shape is not { } shape) return $"input {Name(node, input)} must have {wanted} {what}; its rank is not known";
        return shape.Rank >= least && shape.Rank <= most ? null
            : $"input {Name(node, input)} must have {wanted} {what}; here it is {shape}";
    }

    /// <summary>Why the dimension that an attribute names is not known.</summary>
    /// <returns>The reason, or null.</returns>
    public static string? StaticAxis(Node node, string attribute, int otherwise)
    {
        long axis = node.Attributes.Int(attribute, otherwise);
        if (node.Input(0)?.Shape is not { } shape) return $"dimension {axis} of the input must be known; not even its rank is";
        if (axis < 0) axis += shape.Rank;
        return axis >= 0 && axis < shape.Rank && shape[(int)axis].IsKnown ? null : $"dimension {axis} of the input {shape} must be known";
    }

    /// <summary>Why two inputs differ in shape; sizes that are not known do not differ.</summary>
    /// <returns>The reason, or null.</returns>
    public static string? SameShape(Node node, int first, int second)
    {
        if (node.Input(first)?.Shape is not { } a || node.Input(second)?.Shape is not { } b) return null;
        bool differs = a.Rank != b.Rank;
        for (int i = 0; !differs && i < a.Rank; i++) differs = a[i].IsKnown && b[i].IsKnown && a[i] != b[i];
        return differs ? $"inputs {Name(node, first)} and {Name(node, second)} must have the same shape; here they are {a} and {b}" : null;
    }
}
