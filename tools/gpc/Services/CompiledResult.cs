using System.Collections.Immutable;
using GraphPartition.CompiledModels;
using GraphPartition.Compiler.Explaining;
using GraphPartition.EngineBuilder;
using GraphPartition.Foundation;

namespace GraphPartition.Gpc.Services;

/// <summary>A compiled model, its plan, and the report of its engines.</summary>
/// <param name="Compiled">The model.</param>
/// <param name="Plan">Its plan. It may differ from the first plan if TensorRT rejected nodes.</param>
/// <param name="Engines">The report of its engines; null where none were built.</param>
internal sealed record CompiledResult(CompiledModel Compiled, PlanReport Plan, BuildReport? Engines)
{
    /// <summary>Why this machine builds no engines; null if it does, or if no engines were requested.</summary>
    public Diagnostic? Problem { get; init; }

    /// <summary>What was planned; null where a compiled file got engines, whose graph stays.</summary>
    public PlannedModel? Planned { get; init; }

    /// <summary>What the comparison of each engine with its nodes showed (<c>--check-engines</c>).</summary>
    public ImmutableArray<EngineFinding> Checked { get; init; } = [];
}
