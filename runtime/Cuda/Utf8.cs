using System.Runtime.InteropServices;
using System.Text;

namespace GraphPartition.Cuda;

/// <summary>Strings that cross the border: UTF-8 with a final zero.</summary>
internal static unsafe class Utf8
{
    /// <summary>The bytes of <paramref name="text"/> with a final zero, to be pinned by the caller.</summary>
    public static byte[] Bytes(string text)
    {
        byte[] bytes = new byte[Encoding.UTF8.GetByteCount(text) + 1];
        Encoding.UTF8.GetBytes(text, bytes);
        return bytes;
    }

    /// <summary>A copy of a C string, or the empty string for null: what TensorRT returns may die with its object.</summary>
    public static string Read(byte* text) => Marshal.PtrToStringUTF8((nint)text) ?? "";
}
