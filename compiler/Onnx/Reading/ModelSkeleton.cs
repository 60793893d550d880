using System.Globalization;
using System.Text;
using GraphPartition.Onnx.Writing;

namespace GraphPartition.Onnx.Reading;

/// <summary>
/// A model file without its weights: the fields of the file as they are, but each large tensor of the graph refers to its place
/// in the file, as external data. ONNX Runtime maps it there instead of parsing and copying it. No graph is built, so the time
/// depends on the number of nodes only.
/// </summary>
public sealed class ModelSkeleton
{
    private readonly byte[] _location;
    private readonly Dictionary<string, string> _metadata = [];

    private ModelSkeleton(string path, ReadOnlyMemory<byte> file)
    {
        _location = Encoding.UTF8.GetBytes(Path.GetFileName(path));
        Directory = Path.GetDirectoryName(path)!;
        Bytes = Model(file);
    }

    /// <summary>The model.</summary>
    public byte[] Bytes { get; }

    /// <summary>The folder that its external data is relative to.</summary>
    public string Directory { get; }

    /// <summary>The metadata of the model.</summary>
    public IReadOnlyDictionary<string, string> Metadata => _metadata;

    /// <summary>Reads a file; null where it is not protobuf, which <see cref="OnnxReader"/> explains.</summary>
    public static ModelSkeleton? TryRead(string path)
    {
        try
        {
            MappedFile file = MappedFile.Open(path);
            return file.Length is 0 or > int.MaxValue ? null : new(file.Path, file.Slice(0, (int)file.Length));
        }
        catch (Exception e) when (e is WireException or IOException or UnauthorizedAccessException or NotSupportedException)
        {
            return null;
        }
    }

    private byte[] Model(ReadOnlyMemory<byte> file)
    {
        var model = new MemoryStream();
        var fields = new WireReader(file);
        while (fields.Next())
        {
            ReadOnlyMemory<byte> field = fields.Whole();
            if (fields.Field == Proto.ModelProto.GraphFieldNumber) WireWriter.Bytes(model, fields.Field, Graph(Content(field)));
            else model.Write(field.Span);
            if (fields.Field != Proto.ModelProto.MetadataPropsFieldNumber) continue;
            (string key, string value) = Entries.Decode(Content(field));
            _metadata[key] = value;
        }
        return model.ToArray();
    }

    private ReadOnlySpan<byte> Graph(ReadOnlyMemory<byte> message)
    {
        var graph = new MemoryStream();
        var fields = new WireReader(message);
        while (fields.Next())
        {
            ReadOnlyMemory<byte> field = fields.Whole();
            if (fields.Field == Proto.GraphProto.InitializerFieldNumber && field.Length >= WeightLayout.Least
                && Weight(field) is { } weight)
                WireWriter.Bytes(graph, fields.Field, weight.Span);
            else graph.Write(field.Span);
        }
        return graph.GetBuffer().AsSpan(0, (int)graph.Length);
    }

    /// <summary>A tensor that refers to its place; null where its bytes are not in one place.</summary>
    private ReadOnlyMemory<byte>? Weight(ReadOnlyMemory<byte> field)
    {
        var tensor = new MemoryStream();
        ReadOnlyMemory<byte> data = default;
        var fields = new WireReader(Content(field));
        while (fields.Next())
        {
            if (fields.Field == Proto.TensorProto.RawDataFieldNumber) data = fields.Bytes(); // the last one holds
            else tensor.Write(fields.Whole().Span);
        }
        if (data.Length < WeightLayout.Least || !MappedFile.TryLocate(data, out _, out long offset)) return null;
        Entry(tensor, "location"u8, _location);
        Entry(tensor, "offset"u8, Encoding.UTF8.GetBytes(offset.ToString(CultureInfo.InvariantCulture)));
        Entry(tensor, "length"u8, Encoding.UTF8.GetBytes(data.Length.ToString(CultureInfo.InvariantCulture)));
        WireWriter.Integer(tensor, Proto.TensorProto.DataLocationFieldNumber, (ulong)Proto.TensorProto.Types.DataLocation.External);
        return tensor.GetBuffer().AsMemory(0, (int)tensor.Length);
    }

    private static void Entry(MemoryStream to, ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        var entry = new MemoryStream();
        WireWriter.Bytes(entry, Proto.StringStringEntryProto.KeyFieldNumber, key);
        WireWriter.Bytes(entry, Proto.StringStringEntryProto.ValueFieldNumber, value);
        WireWriter.Bytes(to, Proto.TensorProto.ExternalDataFieldNumber, entry.GetBuffer().AsSpan(0, (int)entry.Length));
    }

    /// <summary>The content of a field of bytes that is given with its head.</summary>
    private static ReadOnlyMemory<byte> Content(ReadOnlyMemory<byte> field)
    {
        var fields = new WireReader(field);
        fields.Next();
        return fields.Bytes();
    }
}
