namespace GraphPartition.Cuda;

/// <summary>A mark in the work of a stream. Other streams wait for it on the device (<see cref="CudaStream.Wait"/>), or the host does.</summary>
public sealed unsafe class CudaEvent : CudaHandle
{
    private const uint NoTimes = 2; // CU_EVENT_DISABLE_TIMING

    private CudaEvent(CudaDevice device) : base(device)
    {
    }

    /// <summary>Sets the mark behind all work that a stream has now. Who waits for an earlier mark is not affected.</summary>
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
        created.Create(device.Driver.Functions.EventCreate, NoTimes, "cuEventCreate");
        return created;
    }

    private protected override bool Destroy() => Device.Driver.Functions.EventDestroy(handle) == 0;
}
