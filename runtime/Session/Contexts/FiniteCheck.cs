using System.Runtime.InteropServices;
using GraphPartition.Runtime.Devices;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace GraphPartition.Runtime.Contexts;

/// <summary>Looks for NaN and infinities in floating-point tensors.</summary>
internal static class FiniteCheck
{
    /// <summary>The first element that is not finite, in words; null where there is none.</summary>
    public static string? FirstFault(OrtValue value, MemoryPlace place, DeviceStream? stream)
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
