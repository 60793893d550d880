using System.Runtime.InteropServices;
using GraphPartition.Foundation;
using GraphPartition.Runtime.Devices;
using GraphPartition.Runtime.Scheduling;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace GraphPartition.Runtime.Execution;

/// <summary>Looks for NaN and infinities in floating-point tensors.</summary>
internal static class FiniteCheck
{
    /// <summary>Checks what a step has made.</summary>
    /// <exception cref="ModelException">A value is not finite (GP5010).</exception>
    public static void Check(ContextLayout layout, int step, SlotValues values)
    {
        ExecutionStep planned = layout.Plan.Steps[step];
        for (int i = 0; i < planned.Outputs.Length; i++)
        {
            MemoryPlace place = layout.Steps[step].Placement.Outputs[i];
            if (FirstFault(values[place, planned.Outputs[i]]!, place, layout.Stream) is { } fault)
                throw Codes.NotFinite.Error(planned.Segment.Outputs[i].Name, $"{fault}, made by step {step} of {layout.Plan.Steps.Length}");
        }
    }

    /// <summary>The first element that is not finite, in words; null where there is none.</summary>
    private static string? FirstFault(OrtValue value, MemoryPlace place, DeviceStream? stream)
    {
        if (!value.IsTensor) return null;
        OrtTensorTypeAndShapeInfo info = value.GetTensorTypeAndShape();
        if (info.ElementCount == 0) return null;
        return info.ElementDataType switch
        {
            TensorElementType.Float => Look<float>(value, place, stream, x => !float.IsFinite(x)),
            TensorElementType.Double => Look<double>(value, place, stream, x => !double.IsFinite(x)),
            TensorElementType.Float16 => Look<Half>(value, place, stream, x => !Half.IsFinite(x)),
            _ => null,
        };
    }

    private static unsafe string? Look<T>(OrtValue value, MemoryPlace place, DeviceStream? stream, Predicate<T> isFault)
        where T : unmanaged
    {
        ReadOnlySpan<byte> bytes;
        if (place == MemoryPlace.Host) bytes = value.GetTensorMutableRawData();
        else
        {
            var copy = new byte[checked((int)value.GetTensorSizeInBytes())];
            fixed (byte* to = copy)
            {
                stream!.Copy(OrtValues.AddressOf(value), (nint)to, copy.Length);
                stream.Synchronize();
            }
            bytes = copy;
        }
        ReadOnlySpan<T> elements = MemoryMarshal.Cast<byte, T>(bytes);
        for (int i = 0; i < elements.Length; i++)
            if (isFault(elements[i])) return $"element {i} is {elements[i]}";
        return null;
    }
}
