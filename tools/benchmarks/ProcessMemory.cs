using System.Globalization;

namespace GraphPartition.Benchmarks;

/// <summary>The resident memory of this process, as Linux counts it (man 5 proc, /proc/self/status).</summary>
internal static class ProcessMemory
{
    /// <summary>The resident set.</summary>
    public static long ResidentKilobytes => Read("VmRSS:");

    /// <summary>The largest resident set so far.</summary>
    public static long PeakKilobytes => Read("VmHWM:");

    private static long Read(string key)
    {
        foreach (string line in File.ReadLines("/proc/self/status"))
            if (line.StartsWith(key, StringComparison.Ordinal))
                return long.Parse(line.AsSpan(key.Length, line.Length - key.Length - "kB".Length), NumberStyles.Any,
                    CultureInfo.InvariantCulture);
        throw new PlatformNotSupportedException("/proc/self/status does not say how much memory the process has");
    }
}
