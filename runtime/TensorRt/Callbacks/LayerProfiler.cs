using System.Runtime.InteropServices;
using GraphPartition.Cuda;
using GraphPartition.TensorRt.Abi;
using GraphPartition.TensorRt.Run;

namespace GraphPartition.TensorRt.Callbacks;

/// <summary>nvinfer1::IProfiler: one call per layer after a profiled run.</summary>
internal sealed unsafe class LayerProfiler(IProgress<LayerTime> receiver)
{
    private static readonly Dictionary<string, nint> Functions = new()
    {
        ["reportLayerTime"] = (nint)(delegate* unmanaged<nint, byte*, float, void>)&ReportLayerTime,
    };

    public static CallbackObject Create(Family family, LayerProfiler profiler) => new(family, "IProfiler", profiler, Functions);

    private void Report(string layer, float milliseconds)
    {
        try
        {
            receiver.Report(new LayerTime(layer, milliseconds));
        }
        catch (Exception)
        {
            // A profile is not worth a failed run.
        }
    }

    // void reportLayerTime(char const* layerName, float ms) noexcept
    [UnmanagedCallersOnly]
    private static void ReportLayerTime(nint self, byte* layer, float milliseconds) =>
        CallbackObject.Target<LayerProfiler>(self).Report(Utf8.Read(layer), milliseconds);
}
