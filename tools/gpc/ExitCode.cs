namespace GraphPartition.Gpc;

/// <summary>The exit codes of <c>gpc</c>.</summary>
public enum ExitCode
{
    /// <summary>Success.</summary>
    Ok = 0,
    /// <summary>The outputs or the plan differ from what was expected, or --validate found NaN or an infinity.</summary>
    OutputsDiffer = 1,
    /// <summary>The model, a file or an option is wrong.</summary>
    BadInput = 2,
    /// <summary>A library, a device or the disk failed.</summary>
    Environment = 3,
    /// <summary>A bug in gpc.</summary>
    InternalError = 4,
}
