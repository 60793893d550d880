using GraphPartition.CompiledModels;
using GraphPartition.Compiler.Explaining;
using GraphPartition.EngineBuilder;
using GraphPartition.Ir.Graphs;

namespace GraphPartition.Gpc.Services;

/// <summary>A compiled model to run.</summary>
/// <param name="Compiled">The model.</param>
/// <param name="Report">Its plan.</param>
/// <param name="Exact">The model compiled without passes that change weights. A file that was already compiled stays as it is.</param>
internal sealed record OpenedModel(CompiledModel Compiled, PlanReport Report, Lazy<CompiledModel> Exact)
{
    /// <summary>The model that was planned: flat, in the canonical opset, with fixed input shapes.</summary>
    public required Model Source { get; init; }

    /// <summary>Whether the compiled model computes in 16 bits what its source computes in FP32.</summary>
    public bool IsConverted { get; init; }

    /// <summary>The report of built engines; null where none were built.</summary>
    public BuildReport? Engines { get; init; }
}
