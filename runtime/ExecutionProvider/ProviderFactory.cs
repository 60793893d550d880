using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using GraphPartition.ExecutionProvider.Options;

namespace GraphPartition.ExecutionProvider;

/// <summary>What ONNX Runtime creates providers with (OrtEpFactory). There is one for each registration of the library.</summary>
internal sealed unsafe class ProviderFactory
{
    private const int Last = (int)FactorySlot.SelectBestModelCandidate;
    private const int Cpu = 0, Gpu = 1; // OrtHardwareDeviceType
    private const uint Nvidia = 0x10DE;

    // They live as long as the process: ONNX Runtime keeps no copy of the vendor.
    private static readonly nint NameText = Marshal.StringToCoTaskMemUTF8(ProviderIdentity.Name);
    private static readonly nint VendorText = Marshal.StringToCoTaskMemUTF8(ProviderIdentity.Vendor);
    private static readonly nint VersionText = Marshal.StringToCoTaskMemUTF8(ProviderIdentity.Version);

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
        // ONNX Runtime calls these without asking whether they are there. Tensors lie in the host's memory, so there is nothing to create.
        table[(int)FactorySlot.ValidateCompiledModelCompatibilityInfo] =
            (nint)(delegate* unmanaged[Cdecl]<nint, nint*, nuint, nint, int*, nint>)&ValidateCompatibility;
        table[(int)FactorySlot.CreateAllocator] = (nint)(delegate* unmanaged[Cdecl]<nint, nint, nint, nint*, nint>)&CreateNothing;
        table[(int)FactorySlot.ReleaseAllocator] = (nint)(delegate* unmanaged[Cdecl]<nint, nint, void>)&ReleaseNothing;
        table[(int)FactorySlot.CreateDataTransfer] = (nint)(delegate* unmanaged[Cdecl]<nint, nint*, nint>)&CreateNothing;
        table[(int)FactorySlot.IsStreamAware] = (nint)(delegate* unmanaged[Cdecl]<nint, byte>)&No;
        table[(int)FactorySlot.CreateSyncStreamForDevice] = (nint)(delegate* unmanaged[Cdecl]<nint, nint, nint, nint*, nint>)&CreateNothing;
        return (nint)table;
    }

    /// <summary>Frees a factory.</summary>
    public static void Release(nint table) => CallbackTable.Free(table, Last);

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
        OrtHost ort = Of(self).Ort;
        *made = 0;
        return Boundary.Guard(ort, () =>
        {
            for (nuint i = 0; i < count && *made < most; i++)
            {
                if (!Takes(ort, devices[i])) continue;
                nint device;
                ort.Check(((delegate* unmanaged[Cdecl]<nint, nint, nint, nint, nint*, nint>)ort[EpApiSlot.CreateEpDevice])(
                    self, devices[i], 0, 0, &device), nameof(EpApiSlot.CreateEpDevice));
                providerDevices[(*made)++] = device;
            }
        });
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static nint CreateEp(nint self, nint* devices, nint* metadata, nuint count, nint session, nint logger, nint* provider)
    {
        ProviderFactory factory = Of(self);
        *provider = 0;
        return Boundary.Guard(factory.Ort, () =>
        {
            bool hasGpu = false;
            for (nuint i = 0; i < count; i++) hasGpu |= TypeOf(factory.Ort, devices[i]) == Gpu;
            *provider = Provider.Create(factory, OptionReader.Read(ConfigOf(factory.Ort, session), ProviderIdentity.Name, hasGpu), logger);
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
    private static nint CreateNothing(nint self, nint of, nint options, nint* made)
    {
        *made = 0;
        return 0;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static nint CreateNothing(nint self, nint* made)
    {
        *made = 0;
        return 0;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void ReleaseNothing(nint self, nint made) { }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static byte No(nint self) => 0;

    /// <summary>Groups run on the processor, or on a GPU of NVIDIA through ONNX Runtime's CUDA provider.</summary>
    private static bool Takes(OrtHost ort, nint device) => TypeOf(ort, device) == Cpu
        || (TypeOf(ort, device) == Gpu && (uint)ort.Ask(ApiSlot.HardwareDevice_VendorId, device) == Nvidia);

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
