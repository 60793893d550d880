using System.Globalization;
using GraphPartition.Ir;

namespace GraphPartition.Onnx;

/// <summary>
/// Which constants of a graph stand in a file of their own, and where in it. Each starts at a page, so that it can be mapped.
/// </summary>
internal sealed class WeightLayout
{
    private const int Page = 4096, Least = 1024;

    private readonly string _location;
    private readonly List<(TensorData Data, long Offset)> _tensors = [];
    private readonly Dictionary<TensorData, long> _offsets = [];

    private WeightLayout() => _location = "";

    public WeightLayout(Graph graph, string location)
    {
        _location = location;
        long end = 0;
        foreach (TensorData data in graph.Constants.Select(c => c.Data!).Concat(graph.Inputs.Select(graph.Defaults.GetValueOrDefault).OfType<TensorData>()))
        {
            if (data is StringTensor || data.ByteCount < Least || _offsets.ContainsKey(data)) continue;
            long offset = (end + Page - 1) / Page * Page;
            _offsets.Add(data, offset);
            _tensors.Add((data, offset));
            end = offset + data.ByteCount;
        }
    }

    /// <summary>Everything stays in the model.</summary>
    public static WeightLayout Inside { get; } = new();

    /// <summary>Emits a tensor: with its bytes, or with the place where they stand.</summary>
    public void Emit(MessageSink sink, int field, string name, TensorData data)
    {
        Proto.TensorProto header = ProtoTypes.EncodeHeader(name, data);
        if (!_offsets.TryGetValue(data, out long offset))
        {
            sink.Tensor(field, header, data);
            return;
        }
        header.DataLocation = Proto.TensorProto.Types.DataLocation.External;
        header.ExternalData.Add(new Proto.StringStringEntryProto { Key = "location", Value = _location });
        header.ExternalData.Add(new Proto.StringStringEntryProto { Key = "offset", Value = offset.ToString(CultureInfo.InvariantCulture) });
        header.ExternalData.Add(new Proto.StringStringEntryProto { Key = "length", Value = data.ByteCount.ToString(CultureInfo.InvariantCulture) });
        sink.Message(field, header);
    }

    /// <summary>Writes the file.</summary>
    public void WriteTo(Stream stream)
    {
        long at = 0;
        foreach ((TensorData data, long offset) in _tensors)
        {
            stream.Write(new byte[offset - at]); // less than a page
            data.CopyTo(stream);
            at = offset + data.ByteCount;
        }
    }
}
