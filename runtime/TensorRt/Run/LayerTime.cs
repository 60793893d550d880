namespace GraphPartition.TensorRt.Run;

/// <summary>How long a layer of an engine took in one run (IProfiler, NvInferRuntime.h).</summary>
/// <param name="Layer">The layer's name in the engine; fused layers have joined names.</param>
/// <param name="Milliseconds">Its time.</param>
public readonly record struct LayerTime(string Layer, float Milliseconds);

/// <summary>nvinfer1::IProfiler: one call per layer after a profiled run.</summary>
internal sealed unsafe class LayerProfiler(IProgress<LayerTime> receiver)
{
    private static readonly Dictionary<string, nint> Functions = new()
    {
        ["reportLayerTime"] = (nint)(delegate* unmanaged<nint, byte*, float, void>)&ReportLayerTime,
    };

    public static CallbackObject Create(AbiLayout layout, LayerProfiler profiler) => new(layout, "IProfiler", profiler, Functions);

    private void Report(string layer, float milliseconds)
    {
        try
        {
            receiver.Report(new LayerTime(layer, milliseconds));
        }
        catch (Exception)
        {
            // A failed receiver must not fail the run.
        }
    }

    // void reportLayerTime(char const* layerName, float ms) noexcept
    [UnmanagedCallersOnly]
    private static void ReportLayerTime(nint self, byte* layer, float milliseconds) =>
        CallbackObject.Target<LayerProfiler>(self).Report(Utf8.Read(layer), milliseconds);
}
