using System.Globalization;
using System.Runtime.InteropServices;

namespace GraphPartition.Runtime.Ort;

/// <summary>What ONNX Runtime takes from the process and the machine where no option tells it.</summary>
internal static class ProcessEnvironment
{
    private const string NoTelemetry = "ORT_DISABLE_TELEMETRY";

    /// <summary>
    /// Turns off the usage data that ONNX Runtime sends to its makers by default (since 1.31 on Linux too), unless the user has set the
    /// variable. It also costs each start tens of milliseconds. To be called before the environment is created.
    /// </summary>
    public static void DisableTelemetry()
    {
        if (Environment.GetEnvironmentVariable(NoTelemetry) is not null) return;
        Environment.SetEnvironmentVariable(NoTelemetry, "1"); // for programs that this one starts, and on Windows for this one
        if (!OperatingSystem.IsWindows()) _ = SetVariable(NoTelemetry, "1", 0); // .NET keeps a copy; native code does not see it
    }

    /// <summary>
    /// The processors that this process may use if the machine has more: its affinity or the quota of its container. ONNX Runtime starts a
    /// thread for each core of the machine, and they spin, so a container with two processors of 64 would throttle itself.
    /// </summary>
    /// <returns>The number; null if there is no limit, or none is known.</returns>
    public static int? ProcessorLimit()
    {
        try
        {
            return OperatingSystem.IsLinux() && CountOf(File.ReadAllText("/sys/devices/system/cpu/online")) > Environment.ProcessorCount
                ? Environment.ProcessorCount : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or FormatException)
        {
            return null;
        }
    }

    /// <summary>How many numbers a list of Linux has: <c>0-3,8</c> has five.</summary>
    /// <exception cref="FormatException">It is no such list.</exception>
    internal static int CountOf(string list) => list.Trim().Split(',').Sum(part =>
    {
        string[] ends = part.Split('-');
        return int.Parse(ends[^1], CultureInfo.InvariantCulture) - int.Parse(ends[0], CultureInfo.InvariantCulture) + 1;
    });

    [DllImport("libc", EntryPoint = "setenv")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int SetVariable(
        [MarshalAs(UnmanagedType.LPUTF8Str)] string name, [MarshalAs(UnmanagedType.LPUTF8Str)] string value, int overwrite);
}
