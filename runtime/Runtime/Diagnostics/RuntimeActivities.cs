using System.Diagnostics;

namespace GraphPartition.Runtime.Diagnostics;

/// <summary>What the runtime does, for OpenTelemetry: batches and steps. Without a listener nothing is made.</summary>
public static class RuntimeActivities
{
    /// <summary>The name of the source, for <c>AddSource</c>.</summary>
    public const string SourceName = "GraphPartition.Runtime";

    private static readonly ActivitySource Source = new(SourceName);

    /// <summary>A step of a run, as a part of what this thread does. A device goes on with its work after the step ends.</summary>
    /// <param name="index">The number of the step.</param>
    /// <param name="engine">The number of its engine; null: it is a fallback step.</param>
    /// <param name="nodes">How many nodes it computes.</param>
    /// <returns>Null if nobody listens.</returns>
    internal static Activity? StartStep(int index, int? engine, int nodes) => !Source.HasListeners() ? null
        : Source.StartActivity(engine is { } number ? $"TrtNode_{number}" : $"step {index}")?.SetTag("nodes", nodes);

    /// <summary>A part of what a caller does.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="parent">What the caller does.</param>
    /// <param name="others">What other callers do, whom it serves too.</param>
    /// <returns>Null if nobody listens.</returns>
    internal static Activity? Start(string name, ActivityContext parent, IReadOnlyList<ActivityContext> others) =>
        !Source.HasListeners() ? null : Source.StartActivity(
            name, ActivityKind.Internal, parent, links: others.Where(c => c != default).Select(c => new ActivityLink(c)));
}
