using System.Text;

namespace GraphPartition.Cuda;

/// <summary>Strings for native calls: UTF-8 with a final zero.</summary>
internal static unsafe class Utf8
{
    /// <summary>The bytes of <paramref name="text"/> with a final zero. The caller pins them.</summary>
    public static byte[] Bytes(string text)
    {
        byte[] bytes = new byte[Encoding.UTF8.GetByteCount(text) + 1];
        Encoding.UTF8.GetBytes(text, bytes);
        return bytes;
    }

    /// <summary>A copy of a C string, or the empty string for null. What TensorRT returns may live no longer than its object.</summary>
    public static string Read(byte* text) => Marshal.PtrToStringUTF8((nint)text) ?? "";
}
