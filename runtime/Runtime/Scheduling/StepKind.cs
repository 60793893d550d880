namespace GraphPartition.Runtime.Scheduling;

/// <summary>How a node runs where there is a device. Only nodes of one kind share a fallback step.</summary>
internal enum StepKind
{
    /// <summary>On the host.</summary>
    OnHost,
    /// <summary>On the device, beside operators that it lacks: ONNX Runtime copies and waits in between.</summary>
    Mixed,
    /// <summary>On the device, enqueued anew in each run.</summary>
    Enqueued,
    /// <summary>On the device, with shapes that follow from those of what is fed: enqueued once, recorded and replayed.</summary>
    Recorded,
}
