using System.Diagnostics;

namespace GraphPartition.Benchmarks;

/// <summary>One run of <c>gpc</c> in a separate process: the time that a user waits, and the memory.</summary>
/// <param name="Milliseconds">From start to exit.</param>
/// <param name="CpuMilliseconds">Processor time of all its threads, to 50 ms.</param>
/// <param name="PeakMegabytes">The largest resident set.</param>
internal sealed record ChildRun(double Milliseconds, double CpuMilliseconds, long PeakMegabytes)
{
    /// <summary>Runs the tool in the folder of this program.</summary>
    /// <exception cref="InvalidOperationException">It failed.</exception>
    public static ChildRun OfGpc(params string[] arguments)
    {
        var start = new ProcessStartInfo(Path.Combine(AppContext.BaseDirectory, "gpc"), arguments) { RedirectStandardOutput = true };
        long began = Stopwatch.GetTimestamp();
        using Process process = Process.Start(start)!;
        // tens of megabytes: decoding them would slow the child down
        Task output = process.StandardOutput.BaseStream.CopyToAsync(Stream.Null);
        TimeSpan cpu = default;
        long peak = 0;
        while (!process.WaitForExit(50)) // the system counts both, but forgets them when the process ends
            try
            {
                process.Refresh();
                cpu = process.TotalProcessorTime;
                peak = Math.Max(peak, process.PeakWorkingSet64); // 0 when it has ended and was not waited for yet
            }
            catch (InvalidOperationException)
            {
                // The process has just ended.
            }
        double elapsed = Stopwatch.GetElapsedTime(began).TotalMilliseconds;
        output.Wait();
        if (process.ExitCode != 0) throw new InvalidOperationException($"gpc ended with {process.ExitCode}");
        return new(elapsed, cpu.TotalMilliseconds, peak >> 20);
    }
}
