using GraphPartition.Runtime.Devices;
using GraphPartition.Runtime.Scheduling;

namespace GraphPartition.Runtime.Execution;

/// <summary>
/// The way of what is fed to the device: into memory of the host that the device copies from by itself, and from there. What is
/// large goes in pieces, so that both copies overlap; the host takes part in that, so it cannot be recorded.
/// </summary>
/// <param name="plan">The plan.</param>
/// <param name="boundary">Where the inputs are fed.</param>
/// <param name="feeds">What is fed.</param>
internal sealed class Staging(ExecutionPlan plan, StepPlacement boundary, Feeds feeds)
{
    private const int Piece = 192 << 10; // each copy costs a few microseconds beside its bytes

    /// <summary>Whether something fed goes in pieces.</summary>
    public static bool IsLarge(long bytes) => bytes > Piece;

    /// <summary>Copies what does not go in pieces to the memory that the device copies from.</summary>
    public void Stage(ShapeState state, DeviceStream? stream)
    {
        for (int i = 0; i < plan.InputSlots.Length; i++)
        {
            int slot = plan.InputSlots[i];
            if (boundary.Inputs[i] == MemoryPlace.Device || state.Plan.BufferOf(MemoryPlace.Host, slot) is not { Bytes: > 0 } buffer
                || state.Plan.IsStreamed(slot)) continue;
            MemoryPlace from = feeds.IsOnDevice[i] ? MemoryPlace.Device : MemoryPlace.Host;
            Bytes.Copy(feeds.Addresses[i], from, state.AddressOf(MemoryPlace.Host, slot), MemoryPlace.Host, buffer.Bytes, stream);
            if (from == MemoryPlace.Device) stream!.Synchronize();
        }
    }

    /// <summary>While the device copies one piece, the host moves the next to where the device can copy it from.</summary>
    public void Stream(ShapeState state, int slot, DeviceStream stream)
    {
        int input = plan.InputSlots.IndexOf(slot);
        long bytes = state.Plan.BufferOf(MemoryPlace.Host, slot)!.Bytes;
        nint from = feeds.Addresses[input], host = state.AddressOf(MemoryPlace.Host, slot), device = state.AddressOf(MemoryPlace.Device, slot);
        if (feeds.IsOnDevice[input])
        {
            stream.Copy(from, device, bytes);
            stream.Copy(from, host, bytes);
            stream.Synchronize();
            return;
        }
        InPieces(from, host, device, bytes, stream);
    }

    /// <summary>Copies to the device by way of memory of the host that the device copies from by itself.</summary>
    /// <param name="from">Any memory of the host; it may go as soon as this returns.</param>
    /// <param name="host">Memory that the device copies from; it must stay until somebody has waited.</param>
    /// <param name="device">Memory of the device.</param>
    /// <param name="bytes">How many.</param>
    /// <param name="stream">The device.</param>
    public static void InPieces(nint from, nint host, nint device, long bytes, DeviceStream stream)
    {
        for (long done = 0; done < bytes; done += Piece)
        {
            long size = Math.Min(Piece, bytes - done);
            nint at = (nint)done;
            Bytes.Copy(from + at, MemoryPlace.Host, host + at, MemoryPlace.Host, size, stream);
            stream.Copy(host + at, device + at, size);
        }
    }
}
