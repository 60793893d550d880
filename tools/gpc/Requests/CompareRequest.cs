namespace GraphPartition.Gpc.Requests;

/// <summary>Which models to compare, and how.</summary>
/// <param name="Expected">The model that is right.</param>
/// <param name="Actual">The model to judge.</param>
/// <param name="Inputs">Where the inputs come from.</param>
internal sealed record CompareRequest(ModelRequest Expected, ModelRequest Actual, InputRequest Inputs)
{
    /// <summary>Whether every tensor that has a counterpart is compared, not only outputs.</summary>
    public bool AllTensors { get; init; }

    /// <summary>The absolute tolerance of <c>l0</c>.</summary>
    public double Absolute { get; init; }

    /// <summary>The relative tolerance of <c>l0</c>.</summary>
    public double Relative { get; init; }

    /// <summary>The folder for the compared tensors; null: they are not written.</summary>
    public string? DumpFolder { get; init; }
}
