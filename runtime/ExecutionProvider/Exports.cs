using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace GraphPartition.ExecutionProvider;

/// <summary>The two functions of the library that ONNX Runtime calls when it is registered and unregistered.</summary>
internal static unsafe class Exports
{
    /// <summary>Makes the factory (CreateEpApiFactoriesFn).</summary>
    [UnmanagedCallersOnly(EntryPoint = "CreateEpFactories", CallConvs = [typeof(CallConvCdecl)])]
    public static nint CreateEpFactories(nint name, nint apiBase, nint logger, nint* factories, nuint most, nuint* made)
    {
        *made = 0;
        if (OrtHost.Open(apiBase, out nint status) is not { } ort) return status;
        if (most == 0) return ort.Status(ProviderCodes.Internal.At("CreateEpFactories", "there is no room for a factory").ToString());
        return Boundary.Guard(ort, () =>
        {
            factories[0] = ProviderFactory.Create(ort);
            *made = 1;
        });
    }

    /// <summary>Frees the factory (ReleaseEpApiFactoryFn).</summary>
    [UnmanagedCallersOnly(EntryPoint = "ReleaseEpFactory", CallConvs = [typeof(CallConvCdecl)])]
    public static nint ReleaseEpFactory(nint factory)
    {
        ProviderFactory.Release(factory);
        return 0;
    }
}
