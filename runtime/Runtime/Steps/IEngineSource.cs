namespace GraphPartition.Runtime.Steps;

/// <summary>Creates executors of groups that have an engine. Other groups run on ONNX Runtime.</summary>
internal interface IEngineSource : IDisposable
{
    /// <summary>Whether a group has an engine that runs on this machine.</summary>
    bool CanRun(TrtNode group);

    /// <summary>
    /// An executor of a group on a stream, for one run at a time. It reads and writes device memory, in the order of the segment's inputs
    /// and outputs, and enqueues on <see cref="DeviceStream.Handle"/>.
    /// </summary>
    IStepExecutor Create(TrtNode group, DeviceStream stream);
}
