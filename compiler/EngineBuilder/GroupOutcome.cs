using System.Collections.Immutable;

namespace GraphPartition.EngineBuilder;

/// <summary>The outcome of building a group.</summary>
/// <param name="Target">The release, device and precision of its engine.</param>
/// <param name="Engine">The engine; null if there is none.</param>
/// <param name="Profile">The shapes that it was built for.</param>
/// <param name="Verdict">A no if there is no engine.</param>
internal sealed record GroupOutcome(EngineTarget Target, GroupEngine? Engine, ShapeProfile? Profile, Verdict Verdict)
{
    /// <summary>Inputs of which the engine would need a range of sizes or values, and there is none.</summary>
    public ImmutableArray<Value> Open { get; init; } = [];

    /// <summary>How the build failed, if perhaps a node of the group is the cause.</summary>
    public TensorRtException? Failure { get; init; }
}
