using GraphPartition.Runtime.Providers;

namespace GraphPartition.ExecutionProvider.Planning;

/// <summary>
/// Whether the work of a group on the GPU can be recorded. That must be known before the run: a recording that fails leaves ONNX Runtime
/// in no sound state.
/// </summary>
internal static class RecordingCheck
{
    /// <summary>Why the group cannot be recorded; null if it can.</summary>
    /// <param name="group">The group as a graph.</param>
    /// <param name="knowsSizes">Whether the sizes of its outputs are known before the run.</param>
    public static string? Objection(Graph group, bool knowsSizes)
    {
        if (!knowsSizes) return "only a run tells the size of an output";
        return new CaptureAnalysis(group, hasInputsOnDevice: true).WhereWaits([.. Enumerable.Range(0, group.Nodes.Length)]) is { } node
            ? $"{group.Nodes[node].Label} may wait for the GPU" : null;
    }
}
