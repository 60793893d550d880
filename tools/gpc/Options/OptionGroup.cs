namespace GraphPartition.Gpc.Options;

/// <summary>The headings under which help lists options, in this order.</summary>
internal enum OptionGroup
{
    /// <summary>What most users need.</summary>
    Common,
    /// <summary>How much load a server gets.</summary>
    Load,
    /// <summary>How requests are joined and queued.</summary>
    Batching,
    /// <summary>Which models are served, and when they are loaded.</summary>
    Models,
    /// <summary>Who may use a server, and how much of it.</summary>
    Protection,
    /// <summary>How a server stops, logs and traces.</summary>
    Operation,
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
