namespace GraphPartition.Serving.Tests.Support;

/// <summary>A test of what Linux has: signals, shared memory in /dev/shm, links without rights.</summary>
internal sealed class LinuxFactAttribute : FactAttribute
{
    public LinuxFactAttribute() => Skip = WhyNot;

    public static string? WhyNot { get; } = OperatingSystem.IsLinux() ? null : "it needs Linux";
}
