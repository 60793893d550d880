using System.Collections.Immutable;
using GraphPartition.EngineBuilder;
using GraphPartition.Foundation;

namespace GraphPartition.Gpc.Services;

/// <summary>What the comparison of an engine with its nodes showed.</summary>
/// <param name="Group">The number of the group.</param>
/// <param name="Outcome">"agrees", "rebuilt", "partly fp32", "dropped", or "not checked".</param>
/// <param name="MaxAbsolute">The greatest absolute difference of the engine that was compared first.</param>
/// <param name="MaxRelative">The greatest relative difference of that engine.</param>
/// <param name="SignalToNoise">Its least signal-to-noise ratio in decibels; null if nothing differs.</param>
/// <param name="Message">What is wrong and what was done; null if the engine agrees.</param>
internal sealed record EngineFinding(
    int Group, string Outcome, double MaxAbsolute, double MaxRelative, double? SignalToNoise, string? Message)
{
    /// <summary>The worst output of that engine, in the words of its budget.</summary>
    public string Before { get; init; } = "";

    /// <summary>The worst output of the engine that is used; null: there is none.</summary>
    public string? After { get; init; }

    /// <summary>The nodes that compute in FP32 now, by name.</summary>
    public ImmutableArray<string> Kept { get; init; } = [];

    /// <summary>How many engines were built to find out.</summary>
    public int Builds { get; init; }

    /// <summary>What to tell the user (GP4035); null if there is nothing to tell.</summary>
    public Diagnostic? Warning => Message is null ? null : EngineBuilderCodes.EngineDiffers.At($"TrtNode_{Group}", Message);
}
