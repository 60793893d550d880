namespace GraphPartition.ExecutionProvider.Options;

/// <summary>What runs a group that has no engine: an inner session of the same ONNX Runtime.</summary>
internal enum InnerProvider
{
    /// <summary>ONNX Runtime's CPU provider.</summary>
    Cpu,
    /// <summary>ONNX Runtime's CUDA provider.</summary>
    Cuda,
}

/// <summary>How far an inner session optimizes its graph (GraphOptimizationLevel of ONNX Runtime).</summary>
internal enum Optimization
{
    /// <summary>Not at all.</summary>
    None = 0,
    /// <summary>Redundant nodes are removed.</summary>
    Basic = 1,
    /// <summary>Nodes are fused too.</summary>
    Extended = 2,
    /// <summary>All that ONNX Runtime has.</summary>
    All = 99,
}

/// <summary>What happens to an EPContext node that does not fit this machine.</summary>
internal enum Mismatch
{
    /// <summary>The group runs from its portable form in the node.</summary>
    Rebuild,
    /// <summary>The session is not created.</summary>
    Error,
}

/// <summary>Whether the work of a group on the GPU is recorded once and replayed (a CUDA graph).</summary>
internal enum Recording
{
    /// <summary>It is recorded if its nodes allow it. If they do not, the log has the reason.</summary>
    Auto,
    /// <summary>The same, and a group that is not recorded gets a warning.</summary>
    On,
    /// <summary>The same, but a group that has no engine and cannot be recorded stays with the next provider.</summary>
    Only,
    /// <summary>It is not recorded.</summary>
    Off,
}
