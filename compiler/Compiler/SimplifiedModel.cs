namespace GraphPartition.Compiler;

/// <summary>A model after the passes, without a plan.</summary>
/// <param name="Model">The model with the optimized graph.</param>
/// <param name="Passes">What each pass did, in order.</param>
/// <param name="Diagnostics">Warnings of the passes.</param>
public sealed record SimplifiedModel(Model Model, ImmutableArray<PassReport> Passes, ImmutableArray<Diagnostic> Diagnostics);
