namespace GraphPartition.TensorRt.Library;

/// <summary>What engines are built with and for: a device of this machine, or a compute capability alone.</summary>
/// <param name="Release">The release that builds.</param>
/// <param name="Device">The device that builds and runs; null: engines are built for a capability, without a device.</param>
/// <param name="Capability">The compute capability of the engines.</param>
public sealed record BuildMachine(TensorRtRelease Release, CudaDevice? Device, ComputeCapability Capability)
{
    /// <summary>The library; null if this program cannot call it, so that only a command of another program builds.</summary>
    public TensorRtLibrary? Library { get; init; }

    /// <summary>The libraries of plugins that it has loaded.</summary>
    public IReadOnlyList<PluginLibrary> Plugins => Library?.Plugins ?? [];

    /// <summary>The capability that a build without a device must name; null: the device decides.</summary>
    public ComputeCapability? CapabilityToName => Device is null ? Capability : null;

    /// <summary>The machine that runs engines also builds them.</summary>
    /// <param name="machine">The machine.</param>
    public static implicit operator BuildMachine(TensorRtMachine machine) => From(machine);

    /// <summary>The machine that runs engines also builds them.</summary>
    /// <param name="machine">The machine.</param>
    public static BuildMachine From(TensorRtMachine machine) => Of(machine.Library, machine.Device);

    /// <summary>A library and a device of this machine.</summary>
    public static BuildMachine Of(TensorRtLibrary library, CudaDevice device) =>
        new(library.Release, device, device.ComputeCapability) { Library = library };

    /// <summary>A library and a compute capability, whether or not a device of this machine has it.</summary>
    public static BuildMachine Of(TensorRtLibrary library, ComputeCapability capability) =>
        new(library.Release, null, capability) { Library = library };

    /// <inheritdoc/>
    public override string ToString() => $"{Release}{(Library is { } library ? $" ({library.Path})" : "")} "
        + (Device is { } device ? $"on {device}" : $"for compute capability {Capability}, without a device");
}
