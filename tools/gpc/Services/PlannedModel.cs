using System.Collections.Immutable;
using GraphPartition.CompiledModels;
using GraphPartition.Compiler;
using GraphPartition.Compiler.Explaining;
using GraphPartition.Compiler.Planning;
using GraphPartition.Compiler.Tagging;
using GraphPartition.Operators;
using GraphPartition.Operators.TensorRt;

namespace GraphPartition.Gpc.Services;

/// <summary>A planned model, the report of its plan with times, and what it was planned for.</summary>
internal sealed record PlannedModel(
    Compilation Compilation, PlanReport Report, TensorRtTarget Target, SupportPolicy SupportPolicy, OperatorTable Operators)
{
    /// <summary>Makes the report of a plan.</summary>
    public required Func<PartitionPlan, PlanReport> ReportOf { get; init; }

    /// <summary>The same plan, compiled with more libraries.</summary>
    public PlannedModel With(ImmutableArray<UsedLibrary> libraries) => this with
    {
        Compilation = Compilation with { Libraries = [.. UsedLibrary.Missing(Compilation.Libraries, libraries), .. libraries] },
    };

    /// <summary>The report of a plan that replaced this one.</summary>
    public PlanReport Replanned(Compilation compilation) => ReferenceEquals(compilation.Plan, Compilation.Plan)
        ? Report
        : ReportOf(compilation.Plan) with
        {
            NodesBeforePasses = Report.NodesBeforePasses,
            Passes = Report.Passes,
            Refusals = Report.Refusals,
            Expansions = ExpansionReport.Of(compilation.Expansions),
            EnginesWithoutExpansions = compilation.EnginesWithoutExpansions,
            Observed = Report.Observed,
            Milliseconds = Report.Milliseconds,
        };
}
