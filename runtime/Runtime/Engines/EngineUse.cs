using GraphPartition.Foundation;
using GraphPartition.TensorRt.Library;
using GraphPartition.TensorRt.Run;
using Microsoft.Extensions.Logging;

namespace GraphPartition.Runtime.Engines;

/// <summary>Whether a session runs groups on TensorRT.</summary>
public enum EngineMode
{
    /// <summary>
    /// Groups with an engine that fits this machine do; others run on ONNX Runtime, with one warning. So do groups in runs whose
    /// shapes their engines do not take, with one warning for each group.
    /// </summary>
    Auto,
    /// <summary>No group does.</summary>
    Off,
    /// <summary>Every group must; loading fails where one cannot (GP4020), and a run whose shapes an engine does not take (GP4012).</summary>
    Required,
}

/// <summary>How a session uses the engines of a compiled model.</summary>
public sealed record EngineUse
{
    /// <summary>Whether groups run on TensorRT.</summary>
    public EngineMode Mode { get; init; } = EngineMode.Auto;

    /// <summary>
    /// Let engines bring code of their own that runs in this process, as version compatible ones do. Only for files whose maker is
    /// trusted; engines that this process built or found in the user's cache are trusted anyway.
    /// </summary>
    public bool Trust { get; init; }

    /// <summary>Which precision to take where a group has engines of several: as in <see cref="GraphPartition.CompiledModels.EngineTarget.Precision"/>; null: the first.</summary>
    public string? Precision { get; init; }

    /// <summary>Where TensorRT and the device are; null: the usual search.</summary>
    public MachineOptions? Machine { get; init; }

    /// <summary>Hears why groups do not run on TensorRT: once for a session, and once for each group that meets shapes which its engine does not take. From the threads that run, one at a time.</summary>
    public Action<Diagnostic>? Warn { get; init; }

    /// <summary>Receives TensorRT's messages.</summary>
    public ILogger? Logger { get; init; }

    /// <summary>Hears how long each layer of each engine took; timed runs wait for the device.</summary>
    public IProgress<LayerTime>? Layers { get; init; }
}
