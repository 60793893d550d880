namespace GraphPartition.TensorRt.Abi;

/// <summary>Reads nvinfer1::IHostMemory.</summary>
internal static unsafe class HostMemory
{
    /// <summary>A copy of the bytes; null, with the reason, if they cannot be copied.</summary>
    public static byte[]? TryCopy(NativeObject memory, out string reason)
    {
        VHostMemory calls = new(memory);
        nuint size = calls.Size();
        nint data = calls.Data();
        reason = size > (nuint)Array.MaxLength ? $"its {size} bytes are more than an array holds (2 GiB)"
            : data == 0 && size > 0 ? $"TensorRT gives no address for its {size} bytes"
            : "";
        byte[]? copy = reason.Length > 0 ? null : new ReadOnlySpan<byte>((void*)data, (int)size).ToArray();
        GC.KeepAlive(memory);
        return copy;
    }
}
