using System.Collections.Immutable;
using GraphPartition.Foundation;

namespace GraphPartition.EngineBuilder;

/// <summary>What came of building engines, as data for people and tools.</summary>
/// <param name="Machine">The release and the device that engines were built for.</param>
/// <param name="Groups">Each group, those in bodies too, by its number.</param>
/// <param name="Moved">Nodes that were moved to the fallback: the parser or the builder does not take them.</param>
/// <param name="Rounds">How often the model was planned.</param>
/// <param name="Warnings">Everything that went otherwise than asked.</param>
public sealed record BuildReport(
    string Machine, ImmutableArray<GroupReport> Groups, ImmutableArray<MovedNode> Moved, int Rounds, ImmutableArray<Diagnostic> Warnings);

/// <summary>A group and its engine.</summary>
/// <param name="Id">Its number (TrtNode_id).</param>
/// <param name="Nodes">The number of its nodes.</param>
/// <param name="Source">"built", "cache", or "none".</param>
/// <param name="Milliseconds">How long that took.</param>
/// <param name="Bytes">The size of the engine.</param>
/// <param name="Key">The engine's key in the cache; empty where there is none.</param>
/// <param name="Reason">Why there is none, else null.</param>
/// <param name="Inside">The If, Loop or Scan in whose body the group is; null where it is in none.</param>
public sealed record GroupReport(int Id, int Nodes, string Source, double Milliseconds, long Bytes, string Key, string? Reason, string? Inside);

/// <summary>A node that was planned into an engine and had to leave it.</summary>
/// <param name="Node">Its name.</param>
/// <param name="Op">Its operator.</param>
/// <param name="By">"parser" or "build".</param>
/// <param name="Reason">What TensorRT said.</param>
public sealed record MovedNode(string Node, string Op, string By, string Reason);
