using GraphPartition.Ir.Graphs;
using GraphPartition.Ir.Types;
using GraphPartition.Serving.Wire;

namespace GraphPartition.Serving.Models;

/// <summary>An input or output of a model, as the protocol describes it.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Element">Its element type.</param>
/// <param name="Shape">Its sizes; -1 where a size is open.</param>
internal sealed record TensorInfo(string Name, ElementType Element, ImmutableArray<long> Shape)
{
    /// <summary>The protocol's name of the element type.</summary>
    public string DataType => WireTypes.NameOf(Element)!;

    /// <exception cref="ModelException">GP5045: the protocol has no such values.</exception>
    public static TensorInfo Of(Value value) => value.Type is TensorType { Shape: { } shape } type
        && WireTypes.NameOf(type.Element) is not null
        ? new(value.Name, type.Element, [.. shape.Select(d => d.IsKnown ? d.Size : -1)])
        : throw ServingCodes.NotServable.Error(value.Name, $"its type is {value.Type}");
}
