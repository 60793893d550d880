namespace GraphPartition.Cuda;

/// <summary>A mark in the work of a stream. Other streams wait for it on the device (<see cref="CudaStream.Wait"/>), or the host does.</summary>
public sealed unsafe class CudaEvent : CudaHandle
{
    private const uint NoTimes = 2; // CU_EVENT_DISABLE_TIMING

    private CudaEvent(CudaDevice device) : base(device)
    {
    }

    /// <summary>Marks the end of all that a stream was given so far. Those who wait for an earlier mark still do.</summary>
    public void Record(CudaStream stream)
    {
        Device.MakeCurrent();
        Check(Device.Driver.Functions.EventRecord(Pointer, stream.Pointer), "cuEventRecord");
    }

    /// <summary>Waits until the work before the mark is done. Without a mark nothing is waited for.</summary>
    /// <exception cref="CudaException">That work failed.</exception>
    public void Synchronize()
    {
        Device.MakeCurrent();
        Check(Device.Driver.Functions.EventSynchronize(Pointer), "cuEventSynchronize");
    }

    /// <summary>Creates an event without a mark.</summary>
    public static CudaEvent Create(CudaDevice device)
    {
        CudaEvent created = new(device);
        device.MakeCurrent();
        nint pointer;
        created.Check(device.Driver.Functions.EventCreate(&pointer, NoTimes), "cuEventCreate");
        created.SetHandle(pointer);
        return created;
    }

    private protected override bool Destroy() => Device.Driver.Functions.EventDestroy(handle) == 0;
}
