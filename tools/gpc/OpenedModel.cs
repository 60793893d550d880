using GraphPartition.CompiledModels;
using GraphPartition.Compiler.Explaining;
using GraphPartition.EngineBuilder;

namespace GraphPartition.Gpc;

/// <summary>A compiled model to run.</summary>
/// <param name="Compiled">The model.</param>
/// <param name="Report">Its plan.</param>
/// <param name="Exact">The model compiled without passes that change weights; a file that was compiled before stays as it is.</param>
internal sealed record OpenedModel(CompiledModel Compiled, PlanReport Report, Lazy<CompiledModel> Exact)
{
    /// <summary>What came of building engines; null where none were built.</summary>
    public BuildReport? Engines { get; init; }
}
