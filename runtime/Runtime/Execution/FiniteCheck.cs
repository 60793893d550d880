using System.Runtime.InteropServices;
using GraphPartition.Runtime.Memory;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace GraphPartition.Runtime.Execution;

/// <summary>Finds NaN and infinities in floating-point tensors.</summary>
internal static class FiniteCheck
{
    /// <summary>Checks the outputs of a step.</summary>
    /// <exception cref="ModelException">A value is not finite (GP5010).</exception>
    public static void Check(RunPlan plan, int step, SlotTable values)
    {
        ExecutionStep executed = plan.Plan.Steps[step];
        for (int i = 0; i < executed.Outputs.Length; i++)
        {
            MemoryPlace place = plan.Steps[step].Placement.Outputs[i];
            if (FirstFault(values[place, executed.Outputs[i]]!, place, plan.Stream) is { } fault)
                throw RuntimeCodes.NotFinite.Error(
                    executed.Segment.Outputs[i].Name, $"{fault}, computed by step {step} of {plan.Plan.Steps.Length}");
        }
    }

    /// <summary>Names the first element that is not finite; null if there is none.</summary>
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
