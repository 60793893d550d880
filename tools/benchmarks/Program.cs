using System.CommandLine;
using GraphPartition.Benchmarks;

var root = new RootCommand("Measurements of GraphPartition; each prints a Markdown table. Run them on a quiet machine, in Release.")
{
    OverheadBenchmark.Create(), BoundaryBenchmark.Create(), PartitionBenchmark.Create(), HeuristicBenchmark.Create(),
    PlanBenchmark.Create(), PassesBenchmark.Create(), StartupBenchmark.Create(), AnswerChild.Create(), SoakBenchmark.Create(),
    GpuBenchmark.Create(), HalfBenchmark.Create(), EngineBenchmark.Create(), MixedBenchmark.Create(), GpuChecks.Create(),
    ProviderFaults.Create(), GpuConformance.Create(), PrecisionBenchmark.Create(), QuantizationBenchmark.Create(),
    ConvertedBenchmark.Create(), ReduceBenchmark.Create(), BrokenRuntime.Create(), ServingBenchmark.Create(),
    ServingBenchmark.CreateChild(),
};
return root.Parse(args).Invoke();
