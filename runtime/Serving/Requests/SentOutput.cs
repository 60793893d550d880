using GraphPartition.Serving.Memory;
using GraphPartition.Serving.Wire;

namespace GraphPartition.Serving.Requests;

/// <summary>An output of a response.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Value">Its tensor.</param>
/// <param name="IsBinary">Whether a client of REST gets it as bytes.</param>
/// <param name="Memory">Where in shared memory it was written; null: it is in the response.</param>
internal sealed record SentOutput(string Name, OrtValue Value, bool IsBinary, MemoryRange? Memory)
{
    public string DataType => WireTypes.NameOf((ElementType)Value.GetTensorTypeAndShape().ElementDataType)!;

    public long[] Shape => Value.GetTensorTypeAndShape().Shape;
}
