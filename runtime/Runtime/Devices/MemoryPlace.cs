namespace GraphPartition.Runtime.Devices;

/// <summary>Where the bytes of a value are.</summary>
internal enum MemoryPlace
{
    /// <summary>In memory of the host's processor.</summary>
    Host,
    /// <summary>In memory of the device that the session runs on.</summary>
    Device,
}

/// <summary>Where a step reads its inputs and writes its outputs.</summary>
/// <param name="Inputs">For each input.</param>
/// <param name="Outputs">For each output.</param>
internal sealed record StepPlacement(ImmutableArray<MemoryPlace> Inputs, ImmutableArray<MemoryPlace> Outputs)
{
    /// <summary>Everything at one place.</summary>
    public static StepPlacement All(MemoryPlace place, int inputs, int outputs) => new(
        [.. Enumerable.Repeat(place, inputs)], [.. Enumerable.Repeat(place, outputs)]);

    /// <summary>Whether some value is on the device.</summary>
    public bool UsesDevice => Inputs.Contains(MemoryPlace.Device) || Outputs.Contains(MemoryPlace.Device);

    /// <summary>Whether no value is on the host.</summary>
    public bool IsOnDevice => !Inputs.Contains(MemoryPlace.Host) && !Outputs.Contains(MemoryPlace.Host);
}
