using System.CommandLine;
using System.Globalization;
using GraphPartition.Foundation;
using GraphPartition.Gpc.Services;
using GraphPartition.Operators.TensorRt;
using GraphPartition.Runtime;
using GraphPartition.Runtime.Options;
using MathNet.Numerics.Statistics;

namespace GraphPartition.Benchmarks;

/// <summary>
/// What operators that TensorRT lacks cost beyond their own time: a mixed network against the same network without them
/// (<see cref="SupportedPart"/>) plus their time alone. The host waits before and after each.
/// </summary>
internal static class MixedBenchmark
{
    // It lacks NonZero and NonMaxSuppression, which TensorRT has since 8.5, so all these networks are mixed.
    private static readonly TensorRtTarget Target = new(new TensorRtRelease(1, 6, IsRtx: true));

    public static Command Create()
    {
        var command =
            new Command("gpu-mixed", "Mixed networks on CUDA against the same networks without the operators that TensorRT lacks, paired.");
        var seconds = new Option<double>("--seconds") { Description = "Seconds for each pair.", DefaultValueFactory = _ => 2 };
        var device = new Option<Device>("--device") { Description = "cpu or cuda.", DefaultValueFactory = _ => Device.Cuda };
        command.Add(seconds);
        command.Add(device);
        command.SetAction(parsed =>
        {
            Console.WriteLine("| network | fallback operators | their own ms | without them ms | with them ms | with / (without + own) |");
            Console.WriteLine("| --- | --- | --- | --- | --- | --- |");
            foreach (string name in ZooModel.Mixed)
                Console.WriteLine(Row(name, new() { Device = parsed.GetValue(device), Tf32 = true }, parsed.GetValue(seconds)));
            return 0;
        });
        return command;
    }

    private static string Row(string name, ModelSessionOptions options, double seconds)
    {
        using ZooModel zoo = ZooModel.Make(name, target: Target);
        using SupportedPart rest = SupportedPart.Of(zoo.Compiled, zoo.Feeds);
        (double own, int nodes) = OwnTime(zoo, options);
        using ModelSession whole = ModelSession.Create(zoo.Compiled, options), without = ModelSession.Create(rest.Compiled, options);
        Paired measured = Measure.Pairs(() => whole.Run(zoo.Feeds).Dispose(), () => without.Run(rest.Feeds).Dispose(), "without", seconds);
        double ours = measured.Ours.MedianMs, theirs = measured.Theirs!.MedianMs;
        return string.Create(CultureInfo.InvariantCulture,
            $"| {name} | {nodes} | {own:F3} | {theirs:F3} | {ours:F3} | {ours / (theirs + own):F3} |");
    }

    /// <summary>The time of each step of unsupported operators alone: groups are kept apart, and the host waits before and after every
    /// step.</summary>
    private static (double Ms, int Nodes) OwnTime(ZooModel zoo, ModelSessionOptions options)
    {
        IGrouping<string, ActionTime>[] steps = [.. zoo.Profile(options with { KeepGroups = true })
            .Where(t => t.Kind == "step" && !t.Name.StartsWith("TrtNode_", StringComparison.Ordinal)).GroupBy(t => t.Name)];
        return (steps.Sum(s => s.Select(t => t.Ms).Median()), steps.Sum(s => s.First().Nodes));
    }
}
