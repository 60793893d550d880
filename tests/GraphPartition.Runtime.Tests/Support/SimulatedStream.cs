using GraphPartition.Runtime.Devices;
using Microsoft.ML.OnnxRuntime;

namespace GraphPartition.Runtime.Tests.Support;

/// <summary>
/// A device that is slow on purpose: nothing is done before somebody waits, so whoever reads too early, or writes over what is
/// still to be read, gets wrong numbers. Its memory is the host's and starts as NaN.
/// </summary>
internal sealed class SimulatedStream : DeviceStream
{
    private readonly List<Action> _queue = [];
    private List<Action>? _recording;

    public override string Name => "simulated";

    public override OrtMemoryInfo MemoryInfo => OrtMemoryInfo.DefaultInstance;

    public override bool CanRecord => Records;

    /// <summary>Whether it records. It must not if ONNX Runtime computes "on the device": its sessions compute at once.</summary>
    public bool Records { get; init; } = true;

    /// <summary>Whether what is recorded is refused when it has been enqueued.</summary>
    public bool RefusesRecordings { get; init; }

    /// <summary>The most that can be allocated at once.</summary>
    public long Limit { get; init; } = long.MaxValue;

    /// <summary>Blocks that were not given back.</summary>
    public int Blocks { get; private set; }

    /// <summary>How often memory was taken.</summary>
    public int Allocations { get; private set; }

    /// <summary>How often recorded work was done again.</summary>
    public int Replays { get; private set; }

    public bool IsDisposed { get; private set; }

    public void Enqueue(Action work) => (_recording ?? _queue).Add(work);

    public override MemoryBlock AllocateOnDevice(long bytes) =>
        bytes <= Limit ? Poisoned(bytes) : throw new OutOfDeviceMemoryException("test", $"{bytes} bytes");

    public override MemoryBlock AllocateOnHost(long bytes) => Poisoned(bytes);

    public override unsafe void Copy(nint from, nint to, long bytes) =>
        Enqueue(() => Buffer.MemoryCopy((void*)from, (void*)to, bytes, bytes));

    public override void Synchronize()
    {
        if (_recording is not null) throw new InvalidOperationException("a stream that records cannot be waited for");
        Action[] work = [.. _queue];
        _queue.Clear();
        foreach (Action action in work) action();
    }

    public override IRecording? Record(Action enqueue, Func<nint, bool> stays, out string? reason)
    {
        reason = null;
        _recording = [];
        try
        {
            enqueue();
            if (!RefusesRecordings) return new Recording(this, [.. _recording]);
            reason = "told to refuse";
            return null;
        }
        finally
        {
            _recording = null;
        }
    }

    public override void Dispose()
    {
        Synchronize();
        IsDisposed = true;
    }

    private unsafe MemoryBlock Poisoned(long bytes)
    {
        MemoryBlock block = HostMemory.Allocate(bytes);
        new Span<byte>((void*)block.Address, checked((int)bytes)).Fill(0xFF); // NaN in every floating-point type
        Blocks++;
        Allocations++;
        return new(block.Address, bytes, new Counted(this, block));
    }

    private sealed class Counted(SimulatedStream stream, MemoryBlock block) : IDisposable
    {
        public void Dispose()
        {
            if (stream._recording is null) stream.Synchronize(); // memory is not taken from work that is under way, as with CUDA
            stream.Blocks--;
            block.Dispose();
        }
    }

    private sealed class Recording(SimulatedStream stream, Action[] work) : IRecording
    {
        public void Replay()
        {
            stream.Replays++;
            foreach (Action action in work) stream.Enqueue(action);
        }

        public void Dispose()
        {
        }
    }
}
