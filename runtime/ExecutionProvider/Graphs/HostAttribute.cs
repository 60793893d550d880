using System.Runtime.InteropServices;
using System.Text;
using Google.Protobuf;
using AttributeType = GraphPartition.Onnx.Proto.AttributeProto.Types.AttributeType;

namespace GraphPartition.ExecutionProvider.Graphs;

/// <summary>Attributes of the host's nodes (OrtOpAttr) as protobuf messages.</summary>
internal static unsafe class HostAttribute
{
    private const int Int = 1, Ints = 2, Float = 3, Floats = 4, String = 5, Strings = 6, Tensor = 8; // OrtOpAttrType

    /// <summary>The message of an attribute.</summary>
    /// <param name="ort">The host.</param>
    /// <param name="attribute">The OrtOpAttr.</param>
    /// <param name="name">Its name.</param>
    /// <param name="tensor">Makes the message of a tensor.</param>
    /// <returns>Null where the host has no call that reads attributes of its type.</returns>
    public static Proto.AttributeProto? Encode(OrtHost ort, nint attribute, string name, Func<nint, Proto.TensorProto?> tensor)
    {
        int type = (int)ort.Get(ApiSlot.OpAttr_GetType, attribute);
        var proto = new Proto.AttributeProto { Name = name };
        switch (type)
        {
            case Int:
                (proto.Type, proto.I) = (AttributeType.Int, Numbers<long>()[0]);
                return proto;
            case Float:
                (proto.Type, proto.F) = (AttributeType.Float, Numbers<float>()[0]);
                return proto;
            case Ints:
                proto.Type = AttributeType.Ints;
                proto.Ints.AddRange(Numbers<long>());
                return proto;
            case Floats:
                proto.Type = AttributeType.Floats;
                proto.Floats.AddRange(Numbers<float>());
                return proto;
            case String:
                (proto.Type, proto.S) = (AttributeType.String, ByteString.CopyFrom(Read(ort, attribute, type)));
                return proto;
            case Strings:
                proto.Type = AttributeType.Strings; // one after the other, each with a zero behind it
                byte[] texts = Read(ort, attribute, type);
                for (int at = 0; at < texts.Length;)
                {
                    int length = Array.IndexOf(texts, (byte)0, at) is >= 0 and var end ? end - at : texts.Length - at;
                    proto.Strings.Add(ByteString.CopyFrom(texts, at, length));
                    at += length + 1;
                }
                return proto;
            case Tensor:
                nint value = ort.Get(ApiSlot.OpAttr_GetTensorAttributeAsOrtValue, attribute);
                try
                {
                    if (tensor(value) is not { } message) return null;
                    (proto.Type, proto.T) = (AttributeType.Tensor, message);
                    return proto;
                }
                finally
                {
                    ort.Release(ApiSlot.ReleaseValue, value);
                }
            default:
                return null;
        }

        T[] Numbers<T>() where T : unmanaged => MemoryMarshal.Cast<byte, T>(Read(ort, attribute, type)).ToArray();
    }

    /// <summary>The text of a string attribute of a node; null where the node has none of that name.</summary>
    public static string? TextOf(OrtHost ort, HostNode node, string name) =>
        BytesOf(ort, node, name) is { } bytes ? Encoding.UTF8.GetString(bytes) : null;

    /// <summary>The bytes of a string attribute of a node; null where the node has none of that name.</summary>
    public static byte[]? BytesOf(OrtHost ort, HostNode node, string name)
    {
        foreach (nint attribute in ort.List(ApiSlot.Node_GetNumAttributes, ApiSlot.Node_GetAttributes, node.Handle))
            if (ort.GetText(ApiSlot.OpAttr_GetName, attribute) == name && (int)ort.Get(ApiSlot.OpAttr_GetType, attribute) == String)
                return Read(ort, attribute, String);
        return null;
    }

    /// <summary>The number of an integer attribute of a node.</summary>
    public static long NumberOf(OrtHost ort, HostNode node, string name, long otherwise)
    {
        foreach (nint attribute in ort.List(ApiSlot.Node_GetNumAttributes, ApiSlot.Node_GetAttributes, node.Handle))
            if (ort.GetText(ApiSlot.OpAttr_GetName, attribute) == name && (int)ort.Get(ApiSlot.OpAttr_GetType, attribute) == Int)
                return BitConverter.ToInt64(Read(ort, attribute, Int));
        return otherwise;
    }

    /// <summary>The content of an attribute. The first call has no room and only gives the size, with an error that is no fault.</summary>
    private static byte[] Read(OrtHost ort, nint attribute, int type)
    {
        var read = (delegate* unmanaged[Cdecl]<nint, int, void*, nuint, nuint*, nint>)ort[ApiSlot.ReadOpAttr];
        nuint size = 0;
        byte none = 0;
        ort.Release(ApiSlot.ReleaseStatus, read(attribute, type, &none, 0, &size));
        var bytes = new byte[size];
        fixed (byte* first = bytes)
            if (size > 0) ort.Check(read(attribute, type, first, size, &size), nameof(ApiSlot.ReadOpAttr));
        return bytes;
    }
}
