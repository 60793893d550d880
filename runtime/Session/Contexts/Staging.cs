using GraphPartition.Runtime.Devices;

namespace GraphPartition.Runtime.Contexts;

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

    /// <summary>Whether a slot's value is fed and goes to the device in pieces.</summary>
    public bool Streams(ShapeState state, int slot) =>
        plan.InputSlots.Contains(slot) && state.Plan.BufferOf(MemoryPlace.Host, slot) is { } buffer && IsLarge(buffer.Bytes)
        && state.Plan.BufferOf(MemoryPlace.Device, slot) is not null;

    /// <summary>Copies what does not go in pieces to the memory that the device copies from.</summary>
    public void Stage(ShapeState state, DeviceStream? stream)
    {
        for (int i = 0; i < plan.InputSlots.Length; i++)
        {
            int slot = plan.InputSlots[i];
            if (boundary.Inputs[i] == MemoryPlace.Device || state.Plan.BufferOf(MemoryPlace.Host, slot) is not { Bytes: > 0 } buffer
                || Streams(state, slot)) continue;
            nint to = state.AddressOf(MemoryPlace.Host, slot);
            if (feeds.IsOnDevice[i])
            {
                stream!.Copy(feeds.Addresses[i], to, buffer.Bytes);
                stream.Synchronize();
            }
            else Move(feeds.Addresses[i], to, buffer.Bytes);
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
        for (long done = 0; done < bytes; done += Piece)
        {
            long size = Math.Min(Piece, bytes - done);
            nint at = (nint)done;
            Move(from + at, host + at, size);
            stream.Copy(host + at, device + at, size);
        }
    }

    private static unsafe void Move(nint from, nint to, long bytes) => Buffer.MemoryCopy((void*)from, (void*)to, bytes, bytes);
}
