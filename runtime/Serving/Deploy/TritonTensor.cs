using GraphPartition.Ir.Graphs;
using GraphPartition.Ir.Types;
using GraphPartition.Serving.Protocol;
using GraphPartition.Serving.Wire;

namespace GraphPartition.Serving.Deploy;

/// <summary>
/// A tensor between parts as Triton's configuration has it. A batching model leaves out the batch; a configuration has no rank 0, so a
/// scalar is declared as [1] and reshaped on both sides.
/// </summary>
/// <param name="Name">Its name.</param>
/// <param name="Type">Its element type.</param>
/// <param name="Dims">Its sizes, without the batch; -1 where a size is open.</param>
internal sealed record TritonTensor(string Name, DataType Type, ImmutableArray<long> Dims)
{
    /// <exception cref="ModelException">GP5049: Triton cannot carry such a value.</exception>
    public static TritonTensor Of(Value value, string name, bool isBatched)
    {
        if (value.Type is not TensorType { Shape: { } shape } type || WireTypes.ConfigOf(type.Element) == DataType.TypeInvalid)
            throw ServingCodes.NotDeployable.Error(value.Name, $"its type is {value.Type}, and only tensors of known rank cross between parts");
        return new(name, WireTypes.ConfigOf(type.Element), [.. shape.Skip(isBatched ? 1 : 0).Select(d => d.IsKnown ? d.Size : -1)]);
    }

    public ModelInput Input() => new() { Name = Name, DataType = Type, Dims = { Declared }, Reshape = Reshape };

    public ModelOutput Output() => new() { Name = Name, DataType = Type, Dims = { Declared }, Reshape = Reshape };

    private IEnumerable<long> Declared => Dims.IsEmpty ? [1] : Dims;

    private ModelTensorReshape? Reshape => Dims.IsEmpty ? new() : null;
}
