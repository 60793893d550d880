namespace GraphPartition.Runtime.Devices;

/// <summary>Where the bytes of a value lie.</summary>
public enum MemoryPlace
{
    /// <summary>In memory of the host's processor.</summary>
    Host,
    /// <summary>In memory of the device that the session runs on.</summary>
    Device,
}
