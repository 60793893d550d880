namespace GraphPartition.Gpc.Options;

/// <summary>The headings under which help lists options, in this order.</summary>
internal enum OptionGroup
{
    /// <summary>What most users need.</summary>
    Common,
    /// <summary>Operators that only the user has.</summary>
    Operators,
    /// <summary>How a model is run and compared.</summary>
    Running,
    /// <summary>How TensorRT engines are built and used.</summary>
    Engines,
    /// <summary>How the fallback runs on an NVIDIA GPU.</summary>
    Cuda,
    /// <summary>How the graph is simplified before it is planned.</summary>
    Passes,
    /// <summary>What engines must satisfy besides being few.</summary>
    Constraints,
}
