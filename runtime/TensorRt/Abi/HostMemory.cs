namespace GraphPartition.TensorRt.Abi;

/// <summary>Reads nvinfer1::IHostMemory.</summary>
internal static unsafe class HostMemory
{
    /// <summary>A copy of the bytes, or null where they are more than an array holds (2 GiB).</summary>
    public static byte[]? TryCopy(NativeObject memory)
    {
        VHostMemory calls = new(memory);
        nuint size = calls.Size();
        if (size > (nuint)Array.MaxLength)
        {
            return null;
        }

        byte[] copy = new ReadOnlySpan<byte>((void*)calls.Data(), (int)size).ToArray();
        GC.KeepAlive(memory);
        return copy;
    }
}
