namespace GraphPartition.TensorRt.Library;

/// <summary>What engines are built with and for: a device of this machine, or a compute capability alone.</summary>
/// <param name="Library">The TensorRT to build with.</param>
/// <param name="Device">The device that builds and runs; null: engines are built for a capability, without a device.</param>
/// <param name="Capability">The compute capability of the engines.</param>
public sealed record BuildMachine(TensorRtLibrary Library, CudaDevice? Device, ComputeCapability Capability)
{
    /// <summary>The machine that runs engines also builds them.</summary>
    /// <param name="machine">The machine.</param>
    public static implicit operator BuildMachine(TensorRtMachine machine) => From(machine);

    /// <summary>The machine that runs engines also builds them.</summary>
    /// <param name="machine">The machine.</param>
    public static BuildMachine From(TensorRtMachine machine) => new(machine.Library, machine.Device, machine.Device.ComputeCapability);

    /// <summary>The release that builds.</summary>
    public TensorRtRelease Release => Library.Release;

    /// <inheritdoc/>
    public override string ToString() =>
        $"{Release} ({Library.Path}) {(Device is { } device ? $"on {device}" : $"for compute capability {Capability}, without a device")}";
}
