using GraphPartition.EngineBuilder;
using GraphPartition.Foundation;

namespace GraphPartition.Gpc.Services;

/// <summary>What the comparison of an engine with its nodes showed.</summary>
/// <param name="Group">The number of the group.</param>
/// <param name="Outcome">"agrees", "rebuilt", "dropped", or "not checked".</param>
/// <param name="MaxAbsolute">The greatest absolute difference of the engine that was compared first.</param>
/// <param name="MaxRelative">The greatest relative difference of that engine.</param>
/// <param name="SignalToNoise">Its least signal-to-noise ratio in decibels; null if nothing differs.</param>
/// <param name="Message">What is wrong and what was done; null if the engine agrees.</param>
internal sealed record EngineFinding(
    int Group, string Outcome, double MaxAbsolute, double MaxRelative, double? SignalToNoise, string? Message)
{
    /// <summary>What to tell the user (GP4035); null if there is nothing to tell.</summary>
    public Diagnostic? Warning => Message is null ? null : EngineBuilderCodes.EngineDiffers.At($"TrtNode_{Group}", Message);
}
