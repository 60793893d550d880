using GraphPartition.Ir.Tensors;

namespace GraphPartition.Runtime.MadeUp;

/// <summary>Inputs that were made up.</summary>
/// <param name="Values">A tensor for each input without a default, by name.</param>
/// <param name="Failure">Why the model does not run with them; null if it does.</param>
/// <param name="Runs">How many runs it took to find them.</param>
public sealed record MadeUpInputs(IReadOnlyDictionary<string, TensorData> Values, RunFailure? Failure, int Runs);

/// <summary>Why a run failed.</summary>
/// <param name="Message">The message of the runtime.</param>
/// <param name="Nodes">The names of the nodes that failed, from the one of the main graph to the innermost in a body.</param>
public sealed record RunFailure(string Message, ImmutableArray<string> Nodes)
{
    /// <summary>The kind of failure in a message of ONNX Runtime.</summary>
    public static RunFailure Of(string message) => new(message, OrtMessages.FailedNodes(message));

    /// <summary>Whether ONNX Runtime lacks a kernel, so that no input would help.</summary>
    public bool LacksKernel => OrtMessages.LacksKernel(Message);
}
