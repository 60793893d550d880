using System.Collections.Immutable;

namespace GraphPartition.EngineBuilder;

/// <summary>
/// Sorts the failure of a build by what is at fault: the machine, the build options, the device's memory, or a node. Only after the first
/// three are ruled out it searches for a node, because each step of that search is a build.
/// </summary>
/// <param name="builder">Builds groups.</param>
/// <param name="models">Writes groups and their parts.</param>
/// <param name="options">The options of the builds.</param>
internal sealed class BuildDiagnosis(GroupBuilder builder, GroupModels models, EngineOptions options)
{
    private int _searches;

    /// <summary>Checks that a small network, which every release takes, builds with the options of this compile.</summary>
    /// <exception cref="EnvironmentException">It does not: the build options (GP4034) or the machine are at fault.</exception>
    public void CheckMachine()
    {
        try
        {
            builder.Probe(options.Build);
        }
        catch (TensorRtException e) when (e.IsRefusal && BuildSettings.Plain(options.Build) is { } plain && Builds(plain))
        {
            string settings = BuildSettings.AtFault(options.Build, Builds);
            throw new EnvironmentException(EngineBuilderCodes.OptionsFail, settings,
                $"even an engine of two layers cannot be built with it, and builds without it: {e.Diagnostic.Message}");
        }

        bool Builds(BuildOptions without)
        {
            try
            {
                builder.Probe(without);
                return true;
            }
            catch (TensorRtException e) when (e.IsRefusal)
            {
                return false;
            }
        }
    }

    /// <summary>Why a group has no engine although no node of it is at fault; null if a node may be.</summary>
    /// <param name="group">The group as a model.</param>
    /// <param name="weightBytes">The bytes of its weights.</param>
    /// <param name="profile">The shapes that it was built for.</param>
    /// <param name="failure">How its build failed.</param>
    /// <param name="cancellation">Stops the builds.</param>
    public string? OtherCause(
        SegmentModel group, long weightBytes, ShapeProfile profile, TensorRtException failure, CancellationToken cancellation)
    {
        if (IsMemory(failure)) return $"too little device memory: {failure.Message}";
        if (BuildSettings.Plain(options.Build) is not { } plain
            || !builder.Builds(group, weightBytes, profile, cancellation, plain)) return null;
        string settings = BuildSettings.AtFault(options.Build, o => builder.Builds(group, weightBytes, profile, cancellation, o));
        return $"the group builds without '{settings}', so no node is at fault: {failure.Message}";
    }

    /// <summary>Whether TensorRT failed because memory was missing.</summary>
    public static bool IsMemory(TensorRtException failure)
    {
        return failure.Log.Any(l =>
            Has(l, "out of memory") || Has(l, "OutOfMemory") || (Has(l, "memory") && Has(l, "could not be allocated")));
        static bool Has(LogLine line, string text) => line.Message.Contains(text, StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>The node that makes a build fail.</summary>
    /// <param name="planned">The group.</param>
    /// <param name="written">The group as a model.</param>
    /// <param name="failure">How its build failed.</param>
    /// <param name="cancellation">Stops the search.</param>
    /// <returns>The node and its blame; null after too many searches.</returns>
    public (Node Node, Blame Blame)? AtFault(
        PlacedGroup planned, SegmentModel written, TensorRtException failure, CancellationToken cancellation)
    {
        int? named = failure.ParserErrors.Select(e => written.OriginOf(e.NodeIndex)).FirstOrDefault(n => n is not null);
        if (named is { } place) return (planned.Node(place), Of(Blame.Named));
        if (_searches++ >= options.MaxFaultSearches) return null;
        ImmutableArray<int> nodes = planned.Segment.Nodes;
        options.Progress?.Report(new EngineProgress(0, 1, $"searching for the node among {nodes.Length} that makes the build fail"));
        IEnumerable<int> suspects = Suspects.In([.. nodes.Select(planned.Node)], string.Join('\n', failure.Log.Select(l => l.Message)));
        int at = FaultSearch.Find(nodes.Length, suspects, PrefixBuilds);
        return (planned.Node(nodes[at]), Of(Blame.FirstFailing));

        Blame Of(string evidence) => new(Blame.Build, failure.Message.ReplaceLineEndings(" "), evidence);

        bool PrefixBuilds(int count)
        {
            cancellation.ThrowIfCancellationRequested();
            if (count == 0) return true;
            PlacedGroup prefix = GroupModels.Part(planned, nodes[..count]);
            return models.Write(prefix) is { } group && models.ProfileOf(prefix, out _) is { } profile
                && builder.Builds(group, GroupModels.WeightBytes(prefix), profile.WithoutEmpty() ?? profile, cancellation);
        }
    }
}
