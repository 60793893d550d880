using System.Buffers.Binary;
using System.Globalization;

namespace GraphPartition.Onnx.Reading;

/// <summary>
/// TensorProto to <see cref="TensorData"/>. Raw and packed fixed-size data stay views of the file; other typed fields are
/// converted. Sizes are checked against dimensions before anything is allocated.
/// </summary>
internal sealed class TensorDecoder(ImportContext context)
{
    private const int MaxRank = 64;

    /// <summary>The tensor, or null where it is wrong, which has then been reported.</summary>
    public TensorData? Decode(ReadOnlyMemory<byte> tensor, string where, out string name) => Decode(tensor, where, out name, out _);

    /// <summary>The tensor with its documentation and metadata, or null where it is wrong, which has then been reported.</summary>
    public TensorData? Decode(ReadOnlyMemory<byte> tensor, string where, out string name, out Metadata? metadata)
    {
        var builder = new MetadataBuilder();
        var fields = new Fields();
        var reader = new WireReader(tensor);
        var dims = new List<long>(4);
        while (reader.Next())
            switch (reader.Field)
            {
                case Proto.TensorProto.DimsFieldNumber: reader.Int64s(dims); break;
                case Proto.TensorProto.DataTypeFieldNumber: fields.Type = reader.Int32(); break;
                case Proto.TensorProto.NameFieldNumber: fields.Name = reader.Text(); break;
                case Proto.TensorProto.RawDataFieldNumber: fields.Raw = reader.Bytes(); break;
                case Proto.TensorProto.FloatDataFieldNumber: fields.AddTyped(reader.Field, reader.FixedBytes(4), false); break;
                case Proto.TensorProto.DoubleDataFieldNumber: fields.AddTyped(reader.Field, reader.FixedBytes(8), false); break;
                case Proto.TensorProto.Int32DataFieldNumber or Proto.TensorProto.Int64DataFieldNumber
                        or Proto.TensorProto.Uint64DataFieldNumber:
                    if (reader.IsBytes) fields.AddTyped(reader.Field, reader.Bytes(), true);
                    else fields.AddTyped(reader.Field, reader.Int64());
                    break;
                case Proto.TensorProto.StringDataFieldNumber: (fields.Strings ??= []).Add(reader.Bytes()); break;
                case Proto.TensorProto.DataLocationFieldNumber: fields.Location = reader.Int32(); break;
                case Proto.TensorProto.ExternalDataFieldNumber: (fields.External ??= []).Add(Entries.Decode(reader.Bytes())); break;
                case Proto.TensorProto.DocStringFieldNumber: builder.Doc(reader.Text()); break;
                case Proto.TensorProto.MetadataPropsFieldNumber: builder.Add(reader.Bytes()); break;
                default: reader.Skip(); break;
            }
        name = fields.Name;
        metadata = builder.ToMetadata();
        if (where.Length == 0) where = $"tensor '{name}'";

        string? fault = Fault(fields.Type, dims);
        TensorData? data = fault is null ? Decode(fields, [.. dims], where, ref fault) : null;
        if (fault is not null) context.Report(ModelCodes.BadTensor, where, fault);
        return data;
    }

    private static string? Fault(int type, List<long> dims)
    {
        if (!ElementTypes.IsKnown(type)) return $"the element type has the unknown number {type}";
        if (dims.Count > MaxRank) return $"the rank is {dims.Count}";
        foreach (long d in dims)
            if (d < 0) return $"a dimension is {d}";
        try
        {
            _ = ((ElementType)type).ByteCount(TensorData.CountOf([.. dims]));
            return null;
        }
        catch (OverflowException)
        {
            return $"the dimensions [{string.Join(",", dims)}] multiply to more than any memory";
        }
    }

    private TensorData? Decode(Fields fields, ImmutableArray<long> dims, string where, ref string? fault)
    {
        var type = (ElementType)fields.Type;
        if (fields.Location == (int)Proto.TensorProto.Types.DataLocation.External)
            return External(fields.External ?? [], type, dims, where);
        if (fields.Location != 0)
        {
            fault = $"the data location has the unknown number {fields.Location}";
            return null;
        }
        long count = TensorData.CountOf(dims), bytes = type.ByteCount(count);
        if (type == ElementType.String)
        {
            if (count != (fields.Strings?.Count ?? 0))
                fault = $"[{string.Join(",", dims)}] needs {count} strings, there are {fields.Strings?.Count ?? 0}";
            return fault is null ? new StringTensor(dims, [.. fields.Strings ?? []]) : null;
        }
        if (fields.Raw is { } raw && (raw.Length > 0 || fields.TypedField == 0))
        {
            if (raw.Length != bytes) fault = $"{type.Keyword()}[{string.Join(",", dims)}] needs {bytes} bytes, there are {raw.Length}";
            return fault is null ? new MemoryTensor(type, dims, raw) : null;
        }
        return Typed(fields, type, dims, count, ref fault);
    }

    private static MemoryTensor? Typed(Fields fields, ElementType type, ImmutableArray<long> dims, long count, ref string? fault)
    {
        long bytes = type.ByteCount(count);
        (int field, int unit) = type switch
        {
            ElementType.Float32 or ElementType.Complex64 => (Proto.TensorProto.FloatDataFieldNumber, 4),
            ElementType.Float64 or ElementType.Complex128 => (Proto.TensorProto.DoubleDataFieldNumber, 8),
            ElementType.Int64 => (Proto.TensorProto.Int64DataFieldNumber, 8),
            ElementType.UInt64 or ElementType.UInt32 => (Proto.TensorProto.Uint64DataFieldNumber, type.Bits() / 8),
            // Elements of less than a byte are packed, one byte to a number.
            _ => (Proto.TensorProto.Int32DataFieldNumber, Math.Max(1, type.Bits() / 8)),
        };
        if (fields.TypedField != 0 && fields.TypedField != field)
        {
            fault = $"elements of type {type.Keyword()} stand in field {fields.TypedField}, expected field {field}";
            return null;
        }
        long there = fields.TypedCount(unit);
        if (there * unit != bytes)
        {
            fault = $"{type.Keyword()}[{string.Join(",", dims)}] needs {bytes / unit} numbers, there are {there}";
            return null;
        }
        if (!fields.Varints) return new(type, dims, fields.Typed);
        var to = new byte[bytes];
        var from = new WireReader(fields.Typed);
        for (int at = 0; at < to.Length; at += unit)
        {
            ulong number = from.RawVarint();
            switch (unit)
            {
                case 1: to[at] = (byte)number; break;
                case 2: BinaryPrimitives.WriteUInt16LittleEndian(to.AsSpan(at), (ushort)number); break;
                case 4: BinaryPrimitives.WriteUInt32LittleEndian(to.AsSpan(at), (uint)number); break;
                default: BinaryPrimitives.WriteUInt64LittleEndian(to.AsSpan(at), number); break;
            }
        }
        return new(type, dims, to);
    }

    private TensorData? External(List<KeyValuePair<string, string>> entries, ElementType type, ImmutableArray<long> dims, string where)
    {
        string location = "";
        long offset = 0, bytes = type.ByteCount(TensorData.CountOf(dims)), length = bytes;
        string? fault = type == ElementType.String ? "strings cannot stand outside the file" : null;
        foreach ((string key, string value) in entries)
            switch (key)
            {
                case "location": location = value; break;
                case "offset" when !Number(value, out offset): fault ??= $"the offset '{value}' is not a number"; break;
                case "length" when !Number(value, out length): fault ??= $"the length '{value}' is not a number"; break;
            }
        if (fault is null && length != bytes)
            fault = $"{type.Keyword()}[{string.Join(",", dims)}] needs {bytes} bytes, the length is given as {length}";
        if (fault is null && context.Options.Resident?.Invoke(location, offset, bytes) is { } resident)
            return new MemoryTensor(type, dims, resident);
        MappedFile? file = fault is null ? context.External.Open(location, out fault) : null;
        if (file is not null && offset > file.Length - bytes)
            fault = $"'{location}' has {file.Length} bytes, {bytes} are needed from {offset}";
        if (fault is null) return new FileTensor(type, dims, file!, offset);
        context.Report(ModelCodes.BadExternalData, where, fault);
        return null;

        static bool Number(string text, out long number) =>
            long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);
    }

    /// <summary>What a TensorProto holds.</summary>
    private struct Fields()
    {
        public int Type;
        public int Location;
        public string Name = "";
        public ReadOnlyMemory<byte>? Raw;
        public List<ReadOnlyMemory<byte>>? Strings;
        public List<KeyValuePair<string, string>>? External;
        public int TypedField; // 0: none
        public bool Varints;
        public ReadOnlyMemory<byte> Typed = default; // of the one typed field: packed numbers as the file has them
        private List<byte>? _pieces;

        /// <summary>Adds packed numbers. More than one piece is rare, and then joined.</summary>
        public void AddTyped(int field, ReadOnlyMemory<byte> packed, bool varints)
        {
            if (packed.IsEmpty) return;
            if (TypedField == 0) Typed = packed;
            else Join(field).AddRange(packed.Span);
            (TypedField, Varints) = (field, varints);
        }

        /// <summary>Adds a number that is not packed.</summary>
        public void AddTyped(int field, long number)
        {
            List<byte> to = Join(field);
            ulong rest = (ulong)number;
            for (; rest >= 0x80; rest >>= 7) to.Add((byte)(rest | 0x80));
            to.Add((byte)rest);
            (TypedField, Varints) = (field, true);
        }

        /// <summary>Joins the pieces and counts the numbers.</summary>
        public long TypedCount(int unit)
        {
            if (_pieces is not null) (Typed, _pieces) = (_pieces.ToArray(), null);
            return Varints ? WireReader.CountVarints(Typed.Span) : Typed.Length / unit;
        }

        private List<byte> Join(int field)
        {
            if (TypedField != 0 && TypedField != field) throw new WireException("a tensor has elements in two typed fields");
            return _pieces ??= [.. Typed.Span];
        }
    }
}
