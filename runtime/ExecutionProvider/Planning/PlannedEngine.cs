namespace GraphPartition.ExecutionProvider.Planning;

/// <summary>An engine that was built for a planned group. It knows inputs and outputs by their places.</summary>
/// <param name="Blob">The engine.</param>
/// <param name="Profiles">The shapes that it takes.</param>
/// <param name="Inputs">The names of its inputs, in its order.</param>
/// <param name="Outputs">The names of its outputs, in its order.</param>
internal sealed record PlannedEngine(
    EngineBlob Blob, ImmutableArray<InputProfile> Profiles, ImmutableArray<string> Inputs, ImmutableArray<string> Outputs)
{
    /// <summary>The engine of a group; null where it has none.</summary>
    public static PlannedEngine? Of(TrtNode group) => group.Engines.IsEmpty ? null : new(group.Engines[^1], group.Profiles,
        [.. group.Segment.Inputs.Select(v => v.Name)], [.. group.Segment.Outputs.Select(v => v.Name)]);
}
