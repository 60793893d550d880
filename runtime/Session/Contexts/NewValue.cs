using GraphPartition.Runtime.Devices;
using Microsoft.ML.OnnxRuntime;

namespace GraphPartition.Runtime.Contexts;

/// <summary>Tensors whose shape only a run could tell, at the other place.</summary>
internal static class NewValue
{
    /// <summary>A tensor of the type and shape of another, and what frees it.</summary>
    public static (OrtValue Value, IDisposable Owner) Like(OrtValue source, MemoryPlace place, DeviceStream stream)
    {
        OrtTensorTypeAndShapeInfo info = source.GetTensorTypeAndShape();
        if (place == MemoryPlace.Host)
        {
            OrtValue host = OrtValue.CreateAllocatedTensorValue(OrtAllocator.DefaultInstance, info.ElementDataType, info.Shape);
            return (host, host);
        }
        long bytes = source.GetTensorSizeInBytes();
        MemoryBlock block = stream.AllocateOnDevice(bytes);
        OrtValue value = OrtValue.CreateTensorValueWithData(stream.MemoryInfo, info.ElementDataType, info.Shape, block.Address, bytes);
        return (value, new Both(value, block));
    }

    private sealed class Both(OrtValue value, MemoryBlock block) : IDisposable
    {
        public void Dispose()
        {
            value.Dispose();
            block.Dispose();
        }
    }
}
