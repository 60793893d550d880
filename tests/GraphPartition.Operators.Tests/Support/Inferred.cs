using GraphPartition.Foundation;
using GraphPartition.Ir.Graphs;
using GraphPartition.Ir.Tensors;
using GraphPartition.Ir.Types;

namespace GraphPartition.Operators.Tests.Support;

/// <summary>
/// Infers one node whose inputs are written as text: <c>f32[n,3,?]</c> a value, <c>i64[2]{1,-1}</c> a constant, <c>f32[*]</c> of
/// unknown rank, <c>-</c> left out, <c>seq(f32[2])</c> a sequence.
/// </summary>
internal static class Inferred
{
    /// <summary>The outputs' types, separated by blanks; an output whose elements are known shows them in braces.</summary>
    public static string Of(OpName op, string inputs, params (string, AttributeValue)[] attributes) => Of(op, inputs, 1, attributes);

    public static string Of(OpName op, string inputs, int outputs, params (string, AttributeValue)[] attributes)
    {
        (Node node, IReadOnlyList<Diagnostic> diagnostics) = Node(op, inputs, outputs, attributes);
        return diagnostics.Count > 0 ? string.Join("; ", diagnostics.Select(d => d.Code.Id))
            : string.Join(' ', node.Outputs.Select(o => o!.Type + (o.Elements is { } e ? $"{{{string.Join(',', e)}}}" : "")));
    }

    /// <summary>The codes of what is objected to.</summary>
    public static string Objections(OpName op, string inputs, params (string, AttributeValue)[] attributes) =>
        string.Join(' ', Node(op, inputs, 1, attributes).Diagnostics.Select(d => d.Code.Id));

    public static (Node Node, IReadOnlyList<Diagnostic> Diagnostics) Node(
        OpName op, string inputs, int outputs, params (string, AttributeValue)[] attributes)
    {
        var builder = new GraphBuilder(OperatorTable.Default);
        Value?[] values = [.. inputs.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select((text, i) => Input(builder, text, $"x{i}"))];
        OutputSpec[] specs = [.. Enumerable.Range(0, outputs).Select(i => (OutputSpec)$"y{i}")];
        Node node = builder.Add(op, values, specs, AttributeMap.Of(attributes));
        return (node, builder.Scope.Diagnostics);
    }

    /// <summary>Adds an input, a constant or nothing to a graph.</summary>
    public static Value? Input(GraphBuilder builder, string text, string name)
    {
        if (text == "-") return null;
        int brace = text.IndexOf('{');
        IrType type = Type(brace < 0 ? text : text[..brace]);
        return brace < 0 ? builder.Input(name, type) : builder.Constant(name, Constant((TensorType)type, text[(brace + 1)..^1]));
    }

    /// <summary>A type as the inputs are written.</summary>
    public static IrType Type(string text)
    {
        if (text == "?") return IrType.Unknown;
        if (text.StartsWith("seq(", StringComparison.Ordinal)) return new SequenceType(Type(text[4..^1]));
        if (text.StartsWith("optional(", StringComparison.Ordinal)) return new OptionalType(Type(text[9..^1]));
        int open = text.IndexOf('[');
        if (!ElementTypes.TryParse(text[..open], out ElementType element)) throw new ArgumentException(text);
        string dims = text[(open + 1)..^1];
        if (dims == "*") return IrType.Tensor(element);
        return IrType.Tensor(element, new Shape([.. dims.Split(',', StringSplitOptions.RemoveEmptyEntries)
            .Select(d => d == "?" ? Dim.Unknown : long.TryParse(d, out long size) ? Dim.Known(size) : Dim.Named(d))]));
    }

    private static TensorData Constant(TensorType type, string elements)
    {
        string[] parts = elements.Split(',', StringSplitOptions.RemoveEmptyEntries);
        long[] dims = [.. type.Shape!.Select(d => d.Size)];
        return type.Element switch
        {
            ElementType.Int64 => TensorData.Of<long>(ElementType.Int64, [.. parts.Select(long.Parse)], dims),
            ElementType.Int32 => TensorData.Of<int>(ElementType.Int32, [.. parts.Select(int.Parse)], dims),
            ElementType.Float32 => TensorData.Of<float>(ElementType.Float32, [.. parts.Select(float.Parse)], dims),
            ElementType.UInt8 => TensorData.Of<byte>(ElementType.UInt8, [.. parts.Select(byte.Parse)], dims),
            ElementType.Int8 => TensorData.Of<sbyte>(ElementType.Int8, [.. parts.Select(sbyte.Parse)], dims),
            ElementType.Bool => TensorData.Of<byte>(ElementType.Bool, [.. parts.Select(byte.Parse)], dims),
            _ => throw new ArgumentException(type.ToString()),
        };
    }
}
