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
    /// <summary>The graph as it was read, before the passes: its types tell how precisely runs can agree.</summary>
    public required Graph Source { get; init; }

    /// <summary>The report of built engines; null where none were built.</summary>
    public BuildReport? Engines { get; init; }
}
