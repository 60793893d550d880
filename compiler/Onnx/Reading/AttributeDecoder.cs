using static GraphPartition.Onnx.Proto.AttributeProto.Types;

namespace GraphPartition.Onnx.Reading;

/// <summary>AttributeProto to <see cref="AttributeValue"/>.</summary>
internal sealed class AttributeDecoder(ImportContext context, GraphImporter graphs)
{
    /// <summary>
    /// The attribute; its value is null where it is left out (a reference that nobody gives) or wrong, which is reported.
    /// </summary>
    public (string Name, AttributeValue? Value) Decode(ReadOnlyMemory<byte> attribute, ImportFrame frame, ReadOnlyMemory<byte> node)
    {
        string name = "", reference = "";
        var builder = new MetadataBuilder();
        int kind = 0, found = 0; // found: the kind of the field that holds a value, for files without a kind (IR version 1)
        long i = 0;
        float f = 0;
        ReadOnlyMemory<byte> one = default; // the message or string of a kind that has one
        List<ReadOnlyMemory<byte>>? many = null;
        List<long>? ints = null;
        List<float>? floats = null;
        var reader = new WireReader(attribute);
        while (reader.Next())
            switch (reader.Field)
            {
                case Proto.AttributeProto.NameFieldNumber: name = context.Shared(reader.Span()); break;
                case Proto.AttributeProto.DocStringFieldNumber: builder.Doc(reader.Text()); break;
                case Proto.AttributeProto.RefAttrNameFieldNumber: reference = reader.Text(); break;
                case Proto.AttributeProto.TypeFieldNumber: kind = reader.Int32(); break;
                case Proto.AttributeProto.IFieldNumber: (i, found) = (reader.Int64(), (int)AttributeType.Int); break;
                case Proto.AttributeProto.FFieldNumber: (f, found) = (reader.Float(), (int)AttributeType.Float); break;
                case Proto.AttributeProto.IntsFieldNumber: reader.Int64s(ints ??= []); found = (int)AttributeType.Ints; break;
                case Proto.AttributeProto.FloatsFieldNumber: reader.Floats(floats ??= []); found = (int)AttributeType.Floats; break;
                case Proto.AttributeProto.SFieldNumber: (one, found) = (reader.Bytes(), (int)AttributeType.String); break;
                case Proto.AttributeProto.TFieldNumber: (one, found) = (reader.Bytes(), (int)AttributeType.Tensor); break;
                case Proto.AttributeProto.GFieldNumber: (one, found) = (reader.Bytes(), (int)AttributeType.Graph); break;
                case Proto.AttributeProto.SparseTensorFieldNumber: (one, found) = (reader.Bytes(), (int)AttributeType.SparseTensor); break;
                case Proto.AttributeProto.TpFieldNumber: (one, found) = (reader.Bytes(), (int)AttributeType.TypeProto); break;
                case Proto.AttributeProto.StringsFieldNumber: (many ??= []).Add(reader.Bytes()); found = (int)AttributeType.Strings; break;
                case Proto.AttributeProto.TensorsFieldNumber: (many ??= []).Add(reader.Bytes()); found = (int)AttributeType.Tensors; break;
                case Proto.AttributeProto.GraphsFieldNumber: (many ??= []).Add(reader.Bytes()); found = (int)AttributeType.Graphs; break;
                case Proto.AttributeProto.SparseTensorsFieldNumber:
                    (many ??= []).Add(reader.Bytes());
                    found = (int)AttributeType.SparseTensors;
                    break;
                case Proto.AttributeProto.TypeProtosFieldNumber:
                    (many ??= []).Add(reader.Bytes());
                    found = (int)AttributeType.TypeProtos;
                    break;
                default: reader.Skip(); break;
            }
        ValueMetadata? metadata = builder.ToMetadata() is { } doc ? new() { Value = doc } : null;
        if (reference.Length > 0) return (name, Reference(name, reference, kind, frame, node, metadata));
        if (kind == 0) kind = found;
        if (found != 0 && found != kind && (AttributeType)kind is not AttributeType.Undefined)
            return (name, Fault(node, $"attribute '{name}' declares the kind {kind}, but has a value of kind {found}"));

        many ??= [];
        Metadata? ofTensor = null;
        AttributeValue? value = (AttributeType)kind switch
        {
            AttributeType.Int => new IntAttribute(i),
            AttributeType.Float => new FloatAttribute(f),
            AttributeType.String => new StringAttribute(one),
            AttributeType.Ints => new IntsAttribute([.. ints ?? []]),
            AttributeType.Floats => new FloatsAttribute([.. floats ?? []]),
            AttributeType.Strings => new StringsAttribute([.. many]),
            AttributeType.Tensor => context.Tensors.Decode(one, Where(), out _, out ofTensor) is { } t ? new TensorAttribute(t) : null,
            AttributeType.Tensors => new TensorsAttribute(All(many, bytes => context.Tensors.Decode(bytes, Where(), out _))),
            AttributeType.SparseTensor => DecodeSparse(one, Where(), out _) is { } s ? new SparseTensorAttribute(s) : null,
            AttributeType.SparseTensors => new SparseTensorsAttribute(All(many, bytes => DecodeSparse(bytes, Where(), out _))),
            AttributeType.Graph => graphs.ImportBody(one, frame, node) is { } g ? new GraphAttribute(g) : null,
            AttributeType.Graphs => new GraphsAttribute(All(many, bytes => graphs.ImportBody(bytes, frame, node))),
            AttributeType.TypeProto => new TypeAttribute(TypeDecoder.Decode(one)),
            AttributeType.TypeProtos => new TypesAttribute([.. many.Select(bytes => TypeDecoder.Decode(bytes))]),
            _ => Fault(node, $"attribute '{name}' has the unknown kind {kind}"),
        };
        return (name, value?.With(ValueMetadata.With(metadata, ofTensor)));

        string Where() => $"attribute '{name}' of {NodeLabel.Of(node)}";
    }

    /// <summary>SparseTensorProto to <see cref="SparseTensorData"/>; null where it is wrong, which is reported.</summary>
    public SparseTensorData? DecodeSparse(ReadOnlyMemory<byte> sparse, string where, out string name)
    {
        ReadOnlyMemory<byte> values = default, indices = default;
        var dims = new List<long>(4);
        var reader = new WireReader(sparse);
        while (reader.Next())
            switch (reader.Field)
            {
                case Proto.SparseTensorProto.ValuesFieldNumber: values = reader.Bytes(); break;
                case Proto.SparseTensorProto.IndicesFieldNumber: indices = reader.Bytes(); break;
                case Proto.SparseTensorProto.DimsFieldNumber: reader.Int64s(dims); break;
                default: reader.Skip(); break;
            }
        TensorData? v = context.Tensors.Decode(values, where, out name);
        TensorData? i = context.Tensors.Decode(indices, where, out _);
        if (v is null || i is null) return null;
        if (SparseFault(v, i, dims) is not { } fault) return new(v, i, [.. dims]);
        context.Report(ModelCodes.BadTensor, where.Length > 0 ? where : $"sparse tensor '{name}'", fault);
        return null;
    }

    private static string? SparseFault(TensorData values, TensorData indices, List<long> dims)
    {
        foreach (long d in dims)
            if (d < 0) return $"a dimension is {d}";
        if (values.Dims.Length != 1) return $"the values are {values.Type}, expected rank 1";
        long nnz = values.Dims[0];
        bool fits = indices.Element == ElementType.Int64 && indices.Dims switch
        {
            [var n] => n == nnz,
            [var n, var rank] => n == nnz && rank == dims.Count,
            _ => false,
        };
        return fits ? null : $"the indices are {indices.Type}, expected i64[{nnz}] or i64[{nnz},{dims.Count}]";
    }

    private AttributeValue? Reference(string name, string parameter, int kind, ImportFrame frame, ReadOnlyMemory<byte> node,
        ValueMetadata? metadata)
    {
        if (frame.Call is not { } call)
            return Fault(node, $"attribute '{name}' refers to '{parameter}' of a function, but stands in none");
        return call.Arguments is { } arguments ? arguments[parameter] : new ReferenceAttribute(parameter, kind).With(metadata);
    }

    /// <summary>All that can be decoded; where one cannot, that is reported and the import fails as a whole.</summary>
    private static ImmutableArray<T> All<T>(List<ReadOnlyMemory<byte>> many, Func<ReadOnlyMemory<byte>, T?> decode) where T : class =>
        [.. many.Select(decode).OfType<T>()];

    private AttributeValue? Fault(ReadOnlyMemory<byte> node, string message)
    {
        context.Report(ModelCodes.BadConstruct, NodeLabel.Of(node), message);
        return null;
    }
}
