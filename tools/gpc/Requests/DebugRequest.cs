using GraphPartition.Operators.Definitions;

namespace GraphPartition.Gpc.Requests;

/// <summary>In which model to search for what breaks, and on which inputs.</summary>
/// <param name="Model">The model and its passes.</param>
/// <param name="Inputs">Where the inputs come from.</param>
/// <param name="Format">The 16-bit format; null: the model as it is.</param>
internal sealed record DebugRequest(ModelRequest Model, InputRequest Inputs, LowFormat? Format)
{
    /// <summary>Whether only nodes are judged that <c>gpc convert</c> makes 16 bits; false: every node.</summary>
    public bool WithRules { get; init; }

    /// <summary>The ratio in dB below which an error counts.</summary>
    public double Limit { get; init; }
}
