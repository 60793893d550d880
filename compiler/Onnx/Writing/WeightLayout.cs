using System.Globalization;

namespace GraphPartition.Onnx.Writing;

/// <summary>
/// Which constants of a graph lie outside the model's own bytes, and where: in a new file of weights, or in files that are
/// already there.
/// </summary>
internal sealed class WeightLayout
{
    /// <summary>Bytes below which a constant stays in the model.</summary>
    public const int Least = 1024;

    private const int Page = 4096;

    private readonly List<(TensorData Data, long Offset)> _tensors = []; // of the new file
    private readonly Dictionary<TensorData, (string Location, long Offset)> _places = [];

    private WeightLayout() { }

    /// <summary>Everything stays in the model.</summary>
    public static WeightLayout Inside { get; } = new();

    /// <summary>All weights of any size go into a new file. Each starts at a page, so that it can be mapped.</summary>
    public static WeightLayout Beside(Graph graph, string location)
    {
        var layout = new WeightLayout();
        long end = 0;
        foreach (TensorData data in Candidates(graph))
        {
            long offset = (end + Page - 1) / Page * Page;
            if (!layout._places.TryAdd(data, (location, offset))) continue;
            layout._tensors.Add((data, offset));
            end = offset + data.ByteCount;
        }
        return layout;
    }

    /// <summary>Weights that are views of a file under <paramref name="directory"/> stay in that file.</summary>
    public static WeightLayout InPlace(Graph graph, string directory)
    {
        var layout = new WeightLayout();
        foreach (TensorData data in Candidates(graph))
        {
            (MappedFile? file, long offset) = data is FileTensor external ? (external.File, external.Offset)
                : MappedFile.TryLocate(data.Bytes, out MappedFile? mapped, out long start) ? (mapped, start) : default;
            if (file is null) continue;
            string location = Path.GetRelativePath(directory, file.Path).Replace('\\', '/');
            if (!Path.IsPathRooted(location) && !location.StartsWith("../", StringComparison.Ordinal))
                layout._places.TryAdd(data, (location, offset));
        }
        return layout;
    }

    /// <summary>Emits a tensor: with its bytes, or with their place.</summary>
    public void Emit(MessageSink sink, int field, string name, TensorData data, Metadata? metadata)
    {
        Proto.TensorProto header = ProtoTypes.EncodeHeader(name, data, metadata);
        if (!_places.TryGetValue(data, out (string Location, long Offset) place))
        {
            sink.Tensor(field, header, data);
            return;
        }
        header.DataLocation = Proto.TensorProto.Types.DataLocation.External;
        Add("location", place.Location);
        Add("offset", place.Offset.ToString(CultureInfo.InvariantCulture));
        Add("length", data.ByteCount.ToString(CultureInfo.InvariantCulture));
        sink.Message(field, header);

        void Add(string key, string value) => header.ExternalData.Add(new Proto.StringStringEntryProto { Key = key, Value = value });
    }

    /// <summary>Writes the new file.</summary>
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

    private static IEnumerable<TensorData> Candidates(Graph graph) =>
        graph.Constants.Select(c => c.Data!).Concat(graph.Inputs.Select(graph.Defaults.GetValueOrDefault).OfType<TensorData>())
            .Where(data => data is not StringTensor && data.ByteCount >= Least);
}
