using Google.Protobuf;

namespace GraphPartition.Onnx.Writing;

/// <summary>
/// Takes the fields of one message in order. The length of a message precedes its first byte, so everything is emitted
/// twice: to be measured, then to be written; nothing is kept in between.
/// </summary>
internal abstract class MessageSink
{
    /// <summary>A sub-message.</summary>
    public abstract void Message(int field, IMessage message);

    /// <summary>A string.</summary>
    public abstract void Text(int field, string text);

    /// <summary>A TensorProto: its header, and elements that may be large.</summary>
    public abstract void Tensor(int field, Proto.TensorProto header, TensorData data);

    /// <summary>The length of a TensorProto.</summary>
    protected static long TensorSize(Proto.TensorProto header, TensorData data) =>
        header.CalculateSize() + (data is StringTensor ? 0
            : TagSize(Proto.TensorProto.RawDataFieldNumber) + LengthSize(data.ByteCount) + data.ByteCount);

    /// <summary>The length of a field's tag.</summary>
    protected static int TagSize(int field) => CodedOutputStream.ComputeTagSize(field);

    /// <summary>The length of a length.</summary>
    protected static int LengthSize(long length) => CodedOutputStream.ComputeUInt64Size((ulong)length);
}

/// <summary>Measures.</summary>
internal sealed class SizeSink : MessageSink
{
    public long Size { get; private set; }

    public override void Message(int field, IMessage message) => Add(field, message.CalculateSize());

    public override void Text(int field, string text) => Size += TagSize(field) + CodedOutputStream.ComputeStringSize(text);

    public override void Tensor(int field, Proto.TensorProto header, TensorData data) => Add(field, TensorSize(header, data));

    private void Add(int field, long size) => Size += TagSize(field) + LengthSize(size) + size;
}

/// <summary>Writes.</summary>
internal sealed class StreamSink(Stream stream, CodedOutputStream coded) : MessageSink
{
    public override void Message(int field, IMessage message)
    {
        coded.WriteTag(field, WireFormat.WireType.LengthDelimited);
        coded.WriteMessage(message);
    }

    public override void Text(int field, string text)
    {
        coded.WriteTag(field, WireFormat.WireType.LengthDelimited);
        coded.WriteString(text);
    }

    public override void Tensor(int field, Proto.TensorProto header, TensorData data)
    {
        coded.WriteTag(field, WireFormat.WireType.LengthDelimited);
        coded.WriteUInt64((ulong)TensorSize(header, data));
        header.WriteTo(coded);
        if (data is StringTensor) return;
        coded.WriteTag(Proto.TensorProto.RawDataFieldNumber, WireFormat.WireType.LengthDelimited);
        coded.WriteUInt64((ulong)data.ByteCount);
        coded.Flush();
        data.CopyTo(stream);
    }
}
