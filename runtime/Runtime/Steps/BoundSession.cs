using GraphPartition.CompiledModels;
using Microsoft.ML.OnnxRuntime;

namespace GraphPartition.Runtime.Steps;

/// <summary>A session of ONNX Runtime, and what a step's values are called in it.</summary>
/// <param name="Session">The session.</param>
/// <param name="Inputs">The name of each input of the step.</param>
/// <param name="Outputs">The name of each output of the step.</param>
internal sealed record BoundSession(InferenceSession Session, IReadOnlyList<string> Inputs, IReadOnlyList<string> Outputs)
{
    /// <summary>A session that was made of the step's segment: its order is that of the step, its names may not be.</summary>
    public static BoundSession Of(InferenceSession session) => new(session, session.InputNames, session.OutputNames);

    /// <summary>A session over the model that a segment is the whole of; null where its names are others.</summary>
    public static BoundSession? Of(InferenceSession whole, GraphSegment segment)
    {
        string[] inputs = [.. segment.Inputs.Select(v => v.Name)], outputs = [.. segment.Outputs.Select(v => v.Name)];
        return inputs.All(name => whole.InputNames.Contains(name) || whole.OverridableInitializerMetadata.ContainsKey(name)) && outputs.All(whole.OutputNames.Contains)
            ? new(whole, inputs, outputs) : null;
    }
}
