namespace GraphPartition.Runtime.Devices;

/// <summary>Copies between tensors at one place or two.</summary>
internal static class Bytes
{
    /// <summary>
    /// Copies bytes: at once where both sides are on the host, else in the order of the stream. Then memory of the host has to
    /// stay as it is until somebody has waited.
    /// </summary>
    public static unsafe void Copy(nint from, MemoryPlace source, nint to, MemoryPlace target, long bytes, DeviceStream? stream)
    {
        if (bytes == 0) return;
        if (source == MemoryPlace.Host && target == MemoryPlace.Host) Buffer.MemoryCopy((void*)from, (void*)to, bytes, bytes);
        else stream!.Copy(from, to, bytes);
    }
}
