namespace GraphPartition.Cuda;

/// <summary>A point in a stream's work that others can wait for.</summary>
public sealed unsafe class CudaEvent : CudaHandle
{
    private const uint DisableTiming = 2; // CU_EVENT_DISABLE_TIMING

    private CudaEvent(CudaDevice device)
        : base(device)
    {
    }

    /// <summary>Lets the event stand for all work that the stream has so far.</summary>
    public void Record(CudaStream stream)
    {
        Device.MakeCurrent();
        Check(Device.Driver.Functions.EventRecord(Pointer, stream.Pointer), "cuEventRecord");
    }

    /// <summary>Waits until that work is done.</summary>
    public void Synchronize() => Check(Device.Driver.Functions.EventSynchronize(Pointer), "cuEventSynchronize");

    /// <summary>The device's time between two timed events that have both passed.</summary>
    public float MillisecondsSince(CudaEvent earlier)
    {
        float milliseconds;
        Check(Device.Driver.Functions.EventElapsedTime(&milliseconds, earlier.Pointer, Pointer), "cuEventElapsedTime");
        return milliseconds;
    }

    internal static CudaEvent Create(CudaDevice device, bool timed)
    {
        CudaEvent created = new(device);
        device.MakeCurrent();
        nint pointer;
        created.Check(device.Driver.Functions.EventCreate(&pointer, timed ? 0 : DisableTiming), "cuEventCreate");
        created.SetHandle(pointer);
        return created;
    }

    private protected override bool Destroy() => Device.Driver.Functions.EventDestroy(handle) == 0;
}
