using GraphPartition.CompiledModels;
using GraphPartition.Runtime.Devices;

namespace GraphPartition.Runtime.Steps;

/// <summary>Makes executors of groups out of engines. Groups that it refuses run on ONNX Runtime.</summary>
internal interface IEngineSource : IDisposable
{
    /// <summary>Whether there is an engine that runs a group on this machine.</summary>
    bool CanRun(TrtNode group);

    /// <summary>
    /// An executor of a group on a stream, for one run at a time. It reads and writes device memory, in the order of the segment's
    /// inputs and outputs; <see cref="DeviceStream.Handle"/> is the stream to enqueue on.
    /// </summary>
    IStepExecutor Create(TrtNode group, DeviceStream stream);
}
