using GraphPartition.Compiler.Cost;
using GraphPartition.EngineBuilder.Tests.Support;
using GraphPartition.Gpc.Services;
using GraphPartition.Runtime.Options;
using Xunit;

namespace GraphPartition.EngineBuilder.Tests.Unit;

/// <summary>Where TensorRT is installed, calibration measures engines instead of assuming how fast they are.</summary>
public sealed class CalibrationTests
{
    [MockFact]
    public void Engines_are_built_and_timed_where_TensorRT_is_installed()
    {
        EngineLab lab = new();
        ModelSessionOptions options = new() { Threads = 1, Optimize = false, Engines = lab.Use(EngineMode.Required) };
        DeviceProfile measured = new Calibration(options, 0) { Machine = lab.Machine, Elements = 1 << 16, Side = 96 }.Measure(_ => { });
        Assert.Contains("TensorRT 10.16.0 on Mock A", measured.Measured, StringComparison.Ordinal);
        Assert.DoesNotContain(measured.Assumed, a => a.StartsWith("engine.", StringComparison.Ordinal)
            || a.StartsWith("callMicroseconds", StringComparison.Ordinal));
        // The mock interprets each node in C++ loops without vectors: no slower machine than that was measured.
        Assert.InRange(measured.Engine.FlopsPerSecond, 1e6, 1e11);
        Assert.True(lab.EngineRuns > 0);

        DeviceProfile assumed = new Calibration(options with { Engines = new() { Mode = EngineMode.Off } }, 0)
        { Elements = 1 << 16, Side = 96 }.Measure(_ => { });
        Assert.Contains(assumed.Assumed, a => a.StartsWith("engine.flopsPerSecond", StringComparison.Ordinal));
        lab.AssertClean();
    }
}
