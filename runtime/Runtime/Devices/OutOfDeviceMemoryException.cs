namespace GraphPartition.Runtime.Devices;

/// <summary>The device's memory does not suffice (GP5009).</summary>
public sealed class OutOfDeviceMemoryException : EnvironmentException
{
    internal OutOfDeviceMemoryException(string where, string message, Exception? inner = null)
        : base(RuntimeCodes.OutOfDeviceMemory, where, message, inner)
    {
    }
}
