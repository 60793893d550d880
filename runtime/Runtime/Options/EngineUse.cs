using GraphPartition.TensorRt.Library;
using GraphPartition.TensorRt.Run;
using Microsoft.Extensions.Logging;

namespace GraphPartition.Runtime.Options;

/// <summary>Whether a session runs groups on TensorRT.</summary>
public enum EngineMode
{
    /// <summary>
    /// Groups with an engine that fits this machine do. Others run on ONNX Runtime, with one warning. If an engine rejects the shapes of a
    /// run, its group runs on ONNX Runtime too, with one warning for each group.
    /// </summary>
    Auto,
    /// <summary>No group does.</summary>
    Off,
    /// <summary>
    /// Every group must; loading fails where one cannot (GP4020), and so does a run whose shapes an engine rejects (GP4012).
    /// </summary>
    Required,
}

/// <summary>How a session uses the engines of a compiled model.</summary>
public sealed record EngineUse
{
    /// <summary>Whether groups run on TensorRT.</summary>
    public EngineMode Mode { get; init; } = EngineMode.Auto;

    /// <summary>
    /// Whether engines may contain host code that runs in this process, as version compatible engines do. Only for files from a trusted
    /// source; engines that this process built or found in the user's cache are always trusted.
    /// </summary>
    public bool Trust { get; init; }

    /// <summary>
    /// The precision to load if a group has several engines, as in <see cref="CompiledModels.EngineTarget.Precision"/>; null for the
    /// first.
    /// </summary>
    public string? Precision { get; init; }

    /// <summary>Where TensorRT and the device are; null: the usual search.</summary>
    public MachineOptions? Machine { get; init; }

    /// <summary>
    /// Receives warnings why groups do not run on TensorRT: one for a session, and one for each group whose engine rejects shapes.
    /// Called from the threads that run, one at a time.
    /// </summary>
    public Action<Diagnostic>? Warn { get; init; }

    /// <summary>Receives TensorRT's messages.</summary>
    public ILogger? Logger { get; init; }

    /// <summary>Receives the time of each layer of each engine; timed runs wait for the device.</summary>
    public IProgress<LayerTime>? Layers { get; init; }
}
