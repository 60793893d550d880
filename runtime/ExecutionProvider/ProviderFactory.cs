using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using GraphPartition.ExecutionProvider.Devices;
using GraphPartition.ExecutionProvider.Options;

namespace GraphPartition.ExecutionProvider;

/// <summary>What ONNX Runtime creates providers with (OrtEpFactory). There is one for each registration of the library.</summary>
internal sealed unsafe class ProviderFactory
{
    private const int Last = (int)FactorySlot.SelectBestModelCandidate;
    private const int CpuType = 0, GpuType = 1; // OrtHardwareDeviceType
    private const int SinceDeviceMemory = 27; // tells which providers share a device, and which of its devices a provider means

    // They live as long as the process: ONNX Runtime keeps no copy of the vendor.
    private static readonly nint NameText = Marshal.StringToCoTaskMemUTF8(ProviderIdentity.Name);
    private static readonly nint VendorText = Marshal.StringToCoTaskMemUTF8(ProviderIdentity.Vendor);
    private static readonly nint VersionText = Marshal.StringToCoTaskMemUTF8(ProviderIdentity.Version);

    private readonly List<nint> _gpus = []; // OrtHardwareDevice, by their numbers
    private nint _hidden; // the one among them that was made here

    private ProviderFactory(OrtHost ort) => Ort = ort;

    /// <summary>The host.</summary>
    public OrtHost Ort { get; }

    /// <summary>The name as a string of C.</summary>
    public static nint NamePointer => NameText;

    /// <summary>Makes the table of a factory; <see cref="Release"/> frees it.</summary>
    public static nint Create(OrtHost ort)
    {
        nint* table = CallbackTable.Allocate(ort.Version, Last, new ProviderFactory(ort));
        table[(int)FactorySlot.GetName] = (nint)(delegate* unmanaged[Cdecl]<nint, nint>)&GetName;
        table[(int)FactorySlot.GetVendor] = (nint)(delegate* unmanaged[Cdecl]<nint, nint>)&GetVendor;
        table[(int)FactorySlot.GetVendorId] = (nint)(delegate* unmanaged[Cdecl]<nint, uint>)&GetVendorId;
        table[(int)FactorySlot.GetVersion] = (nint)(delegate* unmanaged[Cdecl]<nint, nint>)&GetVersion;
        table[(int)FactorySlot.GetSupportedDevices] =
            (nint)(delegate* unmanaged[Cdecl]<nint, nint*, nuint, nint*, nuint, nuint*, nint>)&GetSupportedDevices;
        table[(int)FactorySlot.CreateEp] =
            (nint)(delegate* unmanaged[Cdecl]<nint, nint*, nint*, nuint, nint, nint, nint*, nint>)&CreateEp;
        table[(int)FactorySlot.ReleaseEp] = (nint)(delegate* unmanaged[Cdecl]<nint, nint, void>)&ReleaseEp;
        // ONNX Runtime calls these without asking whether they are there.
        table[(int)FactorySlot.ValidateCompiledModelCompatibilityInfo] =
            (nint)(delegate* unmanaged[Cdecl]<nint, nint*, nuint, nint, int*, nint>)&ValidateCompatibility;
        table[(int)FactorySlot.CreateAllocator] = (nint)(delegate* unmanaged[Cdecl]<nint, nint, nint, nint*, nint>)&CreateAllocator;
        table[(int)FactorySlot.ReleaseAllocator] = (nint)(delegate* unmanaged[Cdecl]<nint, nint, void>)&ReleaseAllocator;
        table[(int)FactorySlot.CreateDataTransfer] = (nint)(delegate* unmanaged[Cdecl]<nint, nint*, nint>)&CreateDataTransfer;
        table[(int)FactorySlot.IsStreamAware] = (nint)(delegate* unmanaged[Cdecl]<nint, byte>)&No;
        table[(int)FactorySlot.CreateSyncStreamForDevice] =
            (nint)(delegate* unmanaged[Cdecl]<nint, nint, nint, nint*, nint>)&CreateNoStream;
        return (nint)table;
    }

    /// <summary>Frees a factory.</summary>
    public static void Release(nint table)
    {
        if (table == 0) return;
        ProviderFactory factory = Of(table);
        factory.Ort.Release(EpApiSlot.ReleaseHardwareDevice, factory._hidden);
        CallbackTable.Free(table, Last);
    }

    private static ProviderFactory Of(nint table) => CallbackTable.Owner<ProviderFactory>(table, Last);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static nint GetName(nint self) => NameText;

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static nint GetVendor(nint self) => VendorText;

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static uint GetVendorId(nint self) => 0; // no maker of hardware

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static nint GetVersion(nint self) => VersionText;

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static nint GetSupportedDevices(nint self, nint* devices, nuint count, nint* providerDevices, nuint most, nuint* made)
    {
        ProviderFactory factory = Of(self);
        *made = 0;
        return Boundary.Guard(factory.Ort, () =>
        {
            IEnumerable<nint> found = factory.Choose(new ReadOnlySpan<nint>(devices, (int)count));
            foreach (nint device in found.Take((int)most)) providerDevices[(*made)++] = factory.Offer(self, device);
        });
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static nint CreateEp(nint self, nint* devices, nint* metadata, nuint count, nint session, nint logger, nint* provider)
    {
        ProviderFactory factory = Of(self);
        *provider = 0;
        return Boundary.Guard(factory.Ort, () =>
        {
            int gpu = -1; // there is none
            for (nuint i = 0; i < count; i++) gpu = Math.Max(gpu, factory._gpus.IndexOf(devices[i]));
            ProviderOptions options = OptionReader.Read(ConfigOf(factory.Ort, session), ProviderIdentity.Name, gpu < 0 ? null : gpu);
            Gpu? memory = gpu >= 0 && factory.HasDeviceMemory ? Gpu.Of(factory.Ort, gpu) : null;
            *provider = Provider.Create(factory.Ort, options, memory, logger);
        });
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void ReleaseEp(nint self, nint provider) => Provider.Release(provider);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static nint ValidateCompatibility(nint self, nint* devices, nuint count, nint info, int* answer)
    {
        *answer = 0; // not applicable: a node of ours has a portable form beside its engines
        return 0;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static nint CreateAllocator(nint self, nint memory, nint options, nint* allocator)
    {
        OrtHost ort = Of(self).Ort;
        *allocator = 0;
        return Boundary.Guard(ort, () =>
        {
            if (memory != 0 && Gpu.Of(ort, ort.Ask(EpApiSlot.MemoryInfo_GetMemoryDevice, memory)) is { } gpu)
                *allocator = DeviceAllocator.Create(ort, gpu);
        });
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void ReleaseAllocator(nint self, nint allocator) => DeviceAllocator.Release(allocator);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static nint CreateDataTransfer(nint self, nint* transfer)
    {
        ProviderFactory factory = Of(self);
        *transfer = factory._gpus.Count > 0 && factory.HasDeviceMemory ? DeviceTransfer.Create(factory.Ort) : 0;
        return 0;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static nint CreateNoStream(nint self, nint memory, nint options, nint* stream)
    {
        *stream = 0; // nodes run on the stream of ONNX Runtime's CUDA provider, if it is there
        return 0;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static byte No(nint self) => 0;

    private bool HasDeviceMemory => Ort.Version >= SinceDeviceMemory;

    /// <summary>Groups run on the processor, or on GPUs of NVIDIA.</summary>
    private List<nint> Choose(ReadOnlySpan<nint> devices)
    {
        List<nint> chosen = [];
        foreach (nint device in devices)
        {
            if (TypeOf(Ort, device) == CpuType) chosen.Add(device);
            else if (TypeOf(Ort, device) == GpuType && (uint)Ort.Ask(ApiSlot.HardwareDevice_VendorId, device) == Gpu.Vendor)
                _gpus.Add(device);
        }
        if (_gpus.Count == 0 && HasDeviceMemory && Gpu.IsHidden()) _gpus.Add(_hidden = CreateHidden());
        return [.. chosen, .. _gpus];
    }

    private nint CreateHidden()
    {
        using var vendor = new Utf8Text("NVIDIA");
        nint device;
        Ort.Check(((delegate* unmanaged[Cdecl]<int, uint, uint, nint, nint, nint*, nint>)Ort[EpApiSlot.CreateHardwareDevice])(
            GpuType, Gpu.Vendor, 0, vendor.Pointer, 0, &device), nameof(EpApiSlot.CreateHardwareDevice));
        return device;
    }

    /// <summary>Makes the OrtEpDevice of a device.</summary>
    private nint Offer(nint self, nint device)
    {
        nint offer;
        Ort.Check(((delegate* unmanaged[Cdecl]<nint, nint, nint, nint, nint*, nint>)Ort[EpApiSlot.CreateEpDevice])(
            self, device, 0, 0, &offer), nameof(EpApiSlot.CreateEpDevice));
        if (_gpus.IndexOf(device) is >= 0 and int ordinal && HasDeviceMemory)
            Ort.Check(((delegate* unmanaged[Cdecl]<nint, nint, nint>)Ort[EpApiSlot.EpDevice_AddAllocatorInfo])(
                offer, Gpu.Of(Ort, ordinal).Memory), nameof(EpApiSlot.EpDevice_AddAllocatorInfo));
        return offer;
    }

    private static int TypeOf(OrtHost ort, nint device) => (int)ort.Ask(ApiSlot.HardwareDevice_Type, device);

    private static Dictionary<string, string> ConfigOf(OrtHost ort, nint session)
    {
        nint pairs = ort.Get(ApiSlot.GetSessionOptionsConfigEntries, session);
        try
        {
            return ort.Pairs(pairs);
        }
        finally
        {
            ort.Release(ApiSlot.ReleaseKeyValuePairs, pairs);
        }
    }
}
