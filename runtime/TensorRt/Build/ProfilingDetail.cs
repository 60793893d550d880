namespace GraphPartition.TensorRt.Build;

/// <summary>How much an engine remembers about its layers (ProfilingVerbosity, NvInferRuntime.h).</summary>
public enum ProfilingDetail
{
    /// <summary>Their names.</summary>
    LayerNames,

    /// <summary>Nothing.</summary>
    None,

    /// <summary>Names, shapes, formats, tactics.</summary>
    Detailed,
}
