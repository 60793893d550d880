namespace GraphPartition.Onnx.Reading;

/// <summary>What a model takes or gives: a tensor, or a sequence, an optional or a map of values.</summary>
public abstract record DataValue
{
    private protected DataValue() { }

    /// <summary>A tensor is a value.</summary>
    public static implicit operator DataValue(TensorData data) => new TensorValue(data);
}

/// <summary>A tensor.</summary>
public sealed record TensorValue(TensorData Data) : DataValue;

/// <summary>A sparse tensor.</summary>
public sealed record SparseTensorValue(SparseTensorData Data) : DataValue;

/// <summary>A sequence of values of one type.</summary>
public sealed record SequenceValue(ImmutableArray<DataValue> Items) : DataValue;

/// <summary>A value or, where <paramref name="Item"/> is null, none.</summary>
public sealed record OptionalValue(DataValue? Item) : DataValue;

/// <summary>A map.</summary>
/// <param name="Keys">Integers or strings, rank 1.</param>
/// <param name="Values">As many values.</param>
public sealed record MapValue(TensorData Keys, ImmutableArray<DataValue> Values) : DataValue;

/// <summary>A value and the name of the graph's input or output that it belongs to.</summary>
public readonly record struct NamedValue(string Name, DataValue Value);
