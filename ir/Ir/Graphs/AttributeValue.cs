using System.Text;
using GraphPartition.Ir.Tensors;

namespace GraphPartition.Ir.Graphs;

/// <summary>The value of a node's attribute. One subclass for each kind.</summary>
public abstract class AttributeValue
{
    private protected AttributeValue() { }

    /// <summary>The metadata of the attribute (<see cref="ValueMetadata.Value"/>) and of its tensor, or null.</summary>
    public ValueMetadata? Metadata { get; private set; }

    /// <summary>The same value with metadata.</summary>
    public AttributeValue With(ValueMetadata? metadata)
    {
        if (ReferenceEquals(metadata, Metadata)) return this;
        var copy = (AttributeValue)MemberwiseClone();
        copy.Metadata = metadata;
        return copy;
    }

    /// <summary>An integer.</summary>
    public static implicit operator AttributeValue(long value) => new IntAttribute(value);

    /// <summary>A float.</summary>
    public static implicit operator AttributeValue(float value) => new FloatAttribute(value);

    /// <summary>A string, stored as UTF-8.</summary>
    public static implicit operator AttributeValue(string value) => new StringAttribute(Encoding.UTF8.GetBytes(value));

    /// <summary>A list of integers.</summary>
    public static implicit operator AttributeValue(long[] value) => new IntsAttribute([.. value]);

    /// <summary>A list of floats.</summary>
    public static implicit operator AttributeValue(float[] value) => new FloatsAttribute([.. value]);

    /// <summary>A tensor.</summary>
    public static implicit operator AttributeValue(TensorData value) => new TensorAttribute(value);

    /// <summary>A body.</summary>
    public static implicit operator AttributeValue(Graph value) => new GraphAttribute(value);
}

/// <summary>An attribute of one value.</summary>
/// <param name="value">The value.</param>
public abstract class AttributeValue<T>(T value) : AttributeValue
{
    /// <summary>The value.</summary>
    public T Value { get; } = value;
}

/// <summary>An attribute that is a list.</summary>
/// <param name="values">The elements.</param>
public abstract class ListAttribute<T>(ImmutableArray<T> values) : AttributeValue
{
    /// <summary>The elements.</summary>
    public ImmutableArray<T> Values { get; } = values;
}

/// <summary>An integer.</summary>
public sealed class IntAttribute(long value) : AttributeValue<long>(value);

/// <summary>A float.</summary>
public sealed class FloatAttribute(float value) : AttributeValue<float>(value);

/// <summary>A string of bytes; by convention UTF-8, but a file may hold anything.</summary>
public sealed class StringAttribute(ReadOnlyMemory<byte> bytes) : AttributeValue
{
    /// <summary>The bytes as the file has them.</summary>
    public ReadOnlyMemory<byte> Bytes { get; } = bytes;

    /// <summary>The bytes read as UTF-8.</summary>
    public string Text => Encoding.UTF8.GetString(Bytes.Span);
}

/// <summary>A tensor.</summary>
public sealed class TensorAttribute(TensorData value) : AttributeValue<TensorData>(value);

/// <summary>A sparse tensor in coordinate form.</summary>
public sealed class SparseTensorAttribute(SparseTensorData value) : AttributeValue<SparseTensorData>(value);

/// <summary>A body: the graph of an If branch, a Loop or a Scan.</summary>
public sealed class GraphAttribute(Graph value) : AttributeValue<Graph>(value);

/// <summary>A type.</summary>
public sealed class TypeAttribute(IrType value) : AttributeValue<IrType>(value);

/// <summary>A list of integers.</summary>
public sealed class IntsAttribute(ImmutableArray<long> values) : ListAttribute<long>(values);

/// <summary>A list of floats.</summary>
public sealed class FloatsAttribute(ImmutableArray<float> values) : ListAttribute<float>(values);

/// <summary>A list of byte strings, as the file has them.</summary>
public sealed class StringsAttribute(ImmutableArray<ReadOnlyMemory<byte>> values) : ListAttribute<ReadOnlyMemory<byte>>(values)
{
    /// <summary>The strings read as UTF-8.</summary>
    public IEnumerable<string> Texts => Values.Select(v => Encoding.UTF8.GetString(v.Span));
}

/// <summary>A list of tensors.</summary>
public sealed class TensorsAttribute(ImmutableArray<TensorData> values) : ListAttribute<TensorData>(values);

/// <summary>A list of sparse tensors.</summary>
public sealed class SparseTensorsAttribute(ImmutableArray<SparseTensorData> values) : ListAttribute<SparseTensorData>(values);

/// <summary>A list of bodies.</summary>
public sealed class GraphsAttribute(ImmutableArray<Graph> values) : ListAttribute<Graph>(values);

/// <summary>A list of types.</summary>
public sealed class TypesAttribute(ImmutableArray<IrType> values) : ListAttribute<IrType>(values);

/// <summary>Inside a function: the value of the function's own attribute, given where it is called.</summary>
/// <param name="parameter">The function's attribute.</param>
/// <param name="kind">The kind as ONNX's AttributeProto.AttributeType numbers it.</param>
public sealed class ReferenceAttribute(string parameter, int kind) : AttributeValue
{
    /// <summary>The function's attribute.</summary>
    public string Parameter { get; } = parameter;

    /// <summary>The kind as ONNX's AttributeProto.AttributeType numbers it.</summary>
    public int Kind { get; } = kind;
}
