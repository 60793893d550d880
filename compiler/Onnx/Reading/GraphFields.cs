using GraphPartition.Ir.Graphs;
using GraphPartition.Ir.Types;

namespace GraphPartition.Onnx.Reading;

/// <summary>What a GraphProto holds besides its nodes.</summary>
internal sealed class GraphFields
{
    private GraphFields() { }

    public string Name { get; private set; } = "";

    public Metadata? Notes { get; private set; }

    public List<(string Name, IrType Type, ValueMetadata? Notes)> Inputs { get; } = [];

    public List<string> Outputs { get; } = [];

    public List<ReadOnlyMemory<byte>> Initializers { get; } = [];

    public List<ReadOnlyMemory<byte>> SparseInitializers { get; } = [];

    /// <summary>Declared types of outputs and of values inside, by name.</summary>
    public Dictionary<string, IrType> Declared { get; } = [];

    /// <summary>What is said of values besides their types, by name; those of inputs stand with them.</summary>
    public Dictionary<string, ValueMetadata> Noted { get; } = [];

    public int NodeCount { get; private set; }

    public static GraphFields Decode(ReadOnlyMemory<byte> graph)
    {
        var fields = new GraphFields();
        MetadataBuilder notes = new MetadataBuilder();
        var reader = new WireReader(graph);
        while (reader.Next())
            switch (reader.Field)
            {
                case GraphPartition.Onnx.Proto.GraphProto.NodeFieldNumber:
                    fields.NodeCount++;
                    reader.Skip();
                    break;
                case GraphPartition.Onnx.Proto.GraphProto.NameFieldNumber: fields.Name = reader.Text(); break;
                case GraphPartition.Onnx.Proto.GraphProto.DocStringFieldNumber: notes.Doc(reader.Text()); break;
                case GraphPartition.Onnx.Proto.GraphProto.MetadataPropsFieldNumber: notes.Add(reader.Bytes()); break;
                case GraphPartition.Onnx.Proto.GraphProto.InitializerFieldNumber: fields.Initializers.Add(reader.Bytes()); break;
                case GraphPartition.Onnx.Proto.GraphProto.SparseInitializerFieldNumber: fields.SparseInitializers.Add(reader.Bytes()); break;
                case GraphPartition.Onnx.Proto.GraphProto.InputFieldNumber: fields.Inputs.Add(Entries.DecodeValueInfo(reader.Bytes())); break;
                case GraphPartition.Onnx.Proto.GraphProto.OutputFieldNumber:
                    (string output, IrType type, ValueMetadata? said) = Entries.DecodeValueInfo(reader.Bytes());
                    fields.Outputs.Add(output);
                    fields.Declare(output, type);
                    fields.Note(output, said);
                    break;
                case GraphPartition.Onnx.Proto.GraphProto.ValueInfoFieldNumber:
                    (string value, type, said) = Entries.DecodeValueInfo(reader.Bytes());
                    fields.Declare(value, type);
                    fields.Note(value, said);
                    break;
                case GraphPartition.Onnx.Proto.GraphProto.QuantizationAnnotationFieldNumber:
                    (value, said) = Entries.DecodeQuantization(reader.Bytes());
                    fields.Note(value, said);
                    break;
                default: reader.Skip(); break;
            }
        fields.Notes = notes.ToMetadata();
        return fields;
    }

    /// <summary>What is said of one value in several places is put together.</summary>
    private void Note(string name, ValueMetadata? notes)
    {
        if (notes is not null) Noted[name] = ValueMetadata.Merge(Noted.GetValueOrDefault(name), notes)!;
    }

    /// <summary>The nodes of a GraphProto.</summary>
    public static List<ReadOnlyMemory<byte>> Nodes(ReadOnlyMemory<byte> graph)
    {
        var nodes = new List<ReadOnlyMemory<byte>>();
        var reader = new WireReader(graph);
        while (reader.Next())
            if (reader.Field == GraphPartition.Onnx.Proto.GraphProto.NodeFieldNumber) nodes.Add(reader.Bytes());
            else reader.Skip();
        return nodes;
    }

    /// <summary>Two declarations of one value are merged; where they contradict, the first stands.</summary>
    private void Declare(string name, IrType type)
    {
        if (type is UnknownType) return;
        if (!Declared.TryAdd(name, type)) Declared[name] = IrType.Merge(Declared[name], type) ?? Declared[name];
    }
}
