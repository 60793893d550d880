namespace GraphPartition.Cuda;

/// <summary>A resource of a device. Disposal or finalization frees it, unless another library owns it.</summary>
public abstract class CudaHandle : SafeHandle
{
    private protected CudaHandle(CudaDevice device, bool isOwned = true) : base(0, isOwned) => Device = device;

    /// <summary>The device that it belongs to.</summary>
    public CudaDevice Device { get; }

    /// <inheritdoc/>
    public override bool IsInvalid => handle == 0;

    /// <summary>The driver's handle or address, for calls of TensorRT and ONNX Runtime. Valid until disposed.</summary>
    public nint Pointer
    {
        get
        {
            ObjectDisposedException.ThrowIf(IsClosed, this);
            return handle;
        }
    }

    /// <summary>Destroys the handle while the device is current. Returns whether that succeeded.</summary>
    private protected abstract bool Destroy();

    /// <inheritdoc/>
    protected sealed override bool ReleaseHandle()
    {
        try
        {
            Device.MakeCurrent();
            return Destroy();
        }
        catch (CudaException)
        {
            return false; // the device is lost; its memory went with it
        }
    }

    private protected void Check(int status, string call) => Device.Driver.Check(status, call);

    /// <summary>Lets a function of the driver create the handle; <paramref name="call"/> is its name.</summary>
    private protected unsafe void Create(delegate* unmanaged<nint*, uint, int> create, uint flags, string call)
    {
        Device.MakeCurrent();
        nint pointer;
        Check(create(&pointer, flags), call);
        SetHandle(pointer);
    }
}
