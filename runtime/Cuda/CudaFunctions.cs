namespace GraphPartition.Cuda;

/// <summary>
/// The functions of libcuda that are used (cuda.h, CUDA driver API). The "_v2" names are those that the header's macros choose
/// since CUDA 4; all of them are in every driver that runs CUDA 11.4 or later. CUresult is an int, 0 is success; CUdevice is an
/// int, all other handles are pointers, CUdeviceptr is 64 bits wide.
/// </summary>
internal sealed unsafe class CudaFunctions(nint library)
{
    public readonly delegate* unmanaged<uint, int> Init = (delegate* unmanaged<uint, int>)Export(library, "cuInit");
    public readonly delegate* unmanaged<int*, int> DriverGetVersion = (delegate* unmanaged<int*, int>)Export(library, "cuDriverGetVersion");
    public readonly delegate* unmanaged<int, byte**, int> GetErrorString =
        (delegate* unmanaged<int, byte**, int>)Export(library, "cuGetErrorString");

    public readonly delegate* unmanaged<int*, int> DeviceGetCount = (delegate* unmanaged<int*, int>)Export(library, "cuDeviceGetCount");
    public readonly delegate* unmanaged<int*, int, int> DeviceGet = (delegate* unmanaged<int*, int, int>)Export(library, "cuDeviceGet");
    public readonly delegate* unmanaged<byte*, int, int, int> DeviceGetName =
        (delegate* unmanaged<byte*, int, int, int>)Export(library, "cuDeviceGetName");
    public readonly delegate* unmanaged<int*, int, int, int> DeviceGetAttribute =
        (delegate* unmanaged<int*, int, int, int>)Export(library, "cuDeviceGetAttribute");
    public readonly delegate* unmanaged<byte*, int, int> DeviceGetUuid =
        (delegate* unmanaged<byte*, int, int>)Export(library, "cuDeviceGetUuid_v2");
    public readonly delegate* unmanaged<nuint*, int, int> DeviceTotalMem =
        (delegate* unmanaged<nuint*, int, int>)Export(library, "cuDeviceTotalMem_v2");

    public readonly delegate* unmanaged<nint*, int, int> PrimaryCtxRetain =
        (delegate* unmanaged<nint*, int, int>)Export(library, "cuDevicePrimaryCtxRetain");
    public readonly delegate* unmanaged<nint, int> CtxSetCurrent = (delegate* unmanaged<nint, int>)Export(library, "cuCtxSetCurrent");

    public readonly delegate* unmanaged<nuint*, nuint*, int> MemGetInfo =
        (delegate* unmanaged<nuint*, nuint*, int>)Export(library, "cuMemGetInfo_v2");
    public readonly delegate* unmanaged<nint*, nuint, int> MemAlloc =
        (delegate* unmanaged<nint*, nuint, int>)Export(library, "cuMemAlloc_v2");
    public readonly delegate* unmanaged<nint, int> MemFree = (delegate* unmanaged<nint, int>)Export(library, "cuMemFree_v2");
    public readonly delegate* unmanaged<nint*, nuint, int> MemAllocHost =
        (delegate* unmanaged<nint*, nuint, int>)Export(library, "cuMemAllocHost_v2");
    public readonly delegate* unmanaged<nint, int> MemFreeHost = (delegate* unmanaged<nint, int>)Export(library, "cuMemFreeHost");
    public readonly delegate* unmanaged<nint, nint, nuint, nint, int> MemcpyAsync =
        (delegate* unmanaged<nint, nint, nuint, nint, int>)Export(library, "cuMemcpyAsync");

    public readonly delegate* unmanaged<nint*, uint, int> StreamCreate =
        (delegate* unmanaged<nint*, uint, int>)Export(library, "cuStreamCreate");
    public readonly delegate* unmanaged<nint, int> StreamDestroy = (delegate* unmanaged<nint, int>)Export(library, "cuStreamDestroy_v2");
    public readonly delegate* unmanaged<nint, int> StreamSynchronize =
        (delegate* unmanaged<nint, int>)Export(library, "cuStreamSynchronize");
    public readonly delegate* unmanaged<nint, int, int> StreamBeginCapture =
        (delegate* unmanaged<nint, int, int>)Export(library, "cuStreamBeginCapture_v2");
    public readonly delegate* unmanaged<nint, nint*, int> StreamEndCapture =
        (delegate* unmanaged<nint, nint*, int>)Export(library, "cuStreamEndCapture");

    public readonly delegate* unmanaged<nint, nint, uint, int> StreamWaitEvent =
        (delegate* unmanaged<nint, nint, uint, int>)Export(library, "cuStreamWaitEvent");
    public readonly delegate* unmanaged<nint*, uint, int> EventCreate = (delegate* unmanaged<nint*, uint, int>)Export(library, "cuEventCreate");
    public readonly delegate* unmanaged<nint, int> EventDestroy = (delegate* unmanaged<nint, int>)Export(library, "cuEventDestroy_v2");
    public readonly delegate* unmanaged<nint, nint, int> EventRecord = (delegate* unmanaged<nint, nint, int>)Export(library, "cuEventRecord");
    public readonly delegate* unmanaged<nint, int> EventSynchronize = (delegate* unmanaged<nint, int>)Export(library, "cuEventSynchronize");

    public readonly delegate* unmanaged<nint*, nint, ulong, int> GraphInstantiate =
        (delegate* unmanaged<nint*, nint, ulong, int>)Export(library, "cuGraphInstantiateWithFlags");
    public readonly delegate* unmanaged<nint, nint, int> GraphLaunch =
        (delegate* unmanaged<nint, nint, int>)Export(library, "cuGraphLaunch");
    public readonly delegate* unmanaged<nint, int> GraphExecDestroy = (delegate* unmanaged<nint, int>)Export(library, "cuGraphExecDestroy");
    public readonly delegate* unmanaged<nint, int> GraphDestroy = (delegate* unmanaged<nint, int>)Export(library, "cuGraphDestroy");
    public readonly delegate* unmanaged<nint, nint*, nuint*, int> GraphGetNodes =
        (delegate* unmanaged<nint, nint*, nuint*, int>)Export(library, "cuGraphGetNodes");
    public readonly delegate* unmanaged<nint, int*, int> GraphNodeGetType =
        (delegate* unmanaged<nint, int*, int>)Export(library, "cuGraphNodeGetType");
    public readonly delegate* unmanaged<nint, CudaCopyParameters*, int> GraphMemcpyNodeGetParams =
        (delegate* unmanaged<nint, CudaCopyParameters*, int>)Export(library, "cuGraphMemcpyNodeGetParams");
    public readonly delegate* unmanaged<nint, CudaCopyParameters*, int> GraphMemcpyNodeSetParams =
        (delegate* unmanaged<nint, CudaCopyParameters*, int>)Export(library, "cuGraphMemcpyNodeSetParams");
    public readonly delegate* unmanaged<nint, CudaHostCall*, int> GraphHostNodeGetParams =
        (delegate* unmanaged<nint, CudaHostCall*, int>)Export(library, "cuGraphHostNodeGetParams");
    public readonly delegate* unmanaged<nint, nint*, nuint*, int> GraphNodeGetDependencies =
        (delegate* unmanaged<nint, nint*, nuint*, int>)Export(library, "cuGraphNodeGetDependencies");
    public readonly delegate* unmanaged<nint, nint*, nuint*, int> GraphNodeGetDependentNodes =
        (delegate* unmanaged<nint, nint*, nuint*, int>)Export(library, "cuGraphNodeGetDependentNodes");
    public readonly delegate* unmanaged<nint, nint*, nint*, nuint, int> GraphAddDependencies =
        (delegate* unmanaged<nint, nint*, nint*, nuint, int>)Export(library, "cuGraphAddDependencies");
    public readonly delegate* unmanaged<nint, int> GraphDestroyNode = (delegate* unmanaged<nint, int>)Export(library, "cuGraphDestroyNode");
    public readonly delegate* unmanaged<void*, int, nint, int> PointerGetAttribute =
        (delegate* unmanaged<void*, int, nint, int>)Export(library, "cuPointerGetAttribute");

    /// <summary>Throws <see cref="EntryPointNotFoundException"/> where the driver is too old to have the function.</summary>
    private static nint Export(nint library, string name) => NativeLibrary.GetExport(library, name);
}
