using System.Diagnostics;

namespace GraphPartition.Runtime.Diagnostics;

/// <summary>What the runtime does, for OpenTelemetry: batches and steps. Without a listener nothing is made.</summary>
public static class RuntimeActivities
{
    /// <summary>The name of the source, for <c>AddSource</c>.</summary>
    public const string SourceName = "GraphPartition.Runtime";

    private static readonly ActivitySource Source = new(SourceName);

    /// <summary>A step of a run, as a part of what this thread does. A device goes on with its work after the step ends.</summary>
    /// <returns>Null if nobody listens.</returns>
    internal static Activity? Start(ExecutionStep step, int index) => !Source.HasListeners() ? null
        : Source.StartActivity(step.Group is { } group ? $"TrtNode_{group.Id}" : $"step {index}")?.SetTag("nodes", step.Segment.Nodes.Length);

    /// <summary>A part of what a caller does.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="parent">What the caller does.</param>
    /// <param name="others">What other callers do, whom it serves too.</param>
    /// <returns>Null if nobody listens.</returns>
    internal static Activity? Start(string name, ActivityContext parent, IReadOnlyList<ActivityContext> others) => Source.HasListeners()
        ? Source.StartActivity(name, ActivityKind.Internal, parent, links: others.Where(c => c != default).Select(c => new ActivityLink(c))) : null;
}
