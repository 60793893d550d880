using System.CommandLine;
using System.Globalization;
using GraphPartition.Gpc;
using GraphPartition.Runtime;
using MathNet.Numerics.Statistics;

namespace GraphPartition.Benchmarks;

/// <summary>
/// What operators that TensorRT lacks cost beside their own time: a mixed network against the same network without them plus what
/// they take alone, each after the host has waited for the device. Supported operators that the mixed network has more are counted
/// against us.
/// </summary>
internal static class MixedBenchmark
{
    public static Command Create()
    {
        var command = new Command("gpu-mixed", "Mixed networks on CUDA against the same networks without the unsupported operators, paired.");
        var seconds = new Option<double>("--seconds") { Description = "For each pair.", DefaultValueFactory = _ => 2 };
        command.Add(seconds);
        command.SetAction(parsed =>
        {
            Console.WriteLine("| mixed | without the operators | their ms | nodes | operators' own ms | ours ms | ours / (theirs + own) |");
            Console.WriteLine("| --- | --- | --- | --- | --- | --- | --- |");
            foreach ((string mixed, string? pure) in ZooModel.Mixed)
                if (pure is not null) Console.WriteLine(Row(mixed, pure, parsed.GetValue(seconds)));
            return 0;
        });
        return command;
    }

    private static string Row(string mixed, string pure, double seconds)
    {
        var options = new ModelSessionOptions { Device = Device.Cuda, Tf32 = true };
        using ZooModel with = ZooModel.Make(mixed), without = ZooModel.Make(pure);
        (double own, int nodes) = OwnTime(with, options);
        using ModelSession first = ModelSession.Create(with.Compiled, options), second = ModelSession.Create(without.Compiled, options);
        Paired measured = Measure.Pairs(() => first.Run(with.Feeds).Dispose(), () => second.Run(without.Feeds).Dispose(), pure, seconds);
        double ours = measured.Ours.MedianMs, theirs = measured.Theirs!.MedianMs;
        return string.Create(CultureInfo.InvariantCulture, $"| {mixed} | {pure} | {theirs:F3} | {nodes} | {own:F3} | {ours:F3} | {ours / (theirs + own):F3} |");
    }

    /// <summary>The steps of unsupported operators, each by itself: groups are kept apart, and the host waits before and after every step.</summary>
    private static (double Ms, int Nodes) OwnTime(ZooModel zoo, ModelSessionOptions options)
    {
        var profile = new RunProfile();
        using ModelSession session = ModelSession.Create(zoo.Compiled, options with { KeepGroups = true, Profile = profile });
        for (int i = 0; i < 5; i++) session.Run(zoo.Feeds).Dispose();
        profile.Clear();
        for (int i = 0; i < 30; i++) session.Run(zoo.Feeds).Dispose();
        IGrouping<string, ActionTime>[] steps = [.. profile.Times
            .Where(t => t.Kind == "step" && !t.Name.StartsWith("TrtNode_", StringComparison.Ordinal)).GroupBy(t => t.Name)];
        return (steps.Sum(s => s.Select(t => t.Ms).Median()), steps.Sum(s => s.First().Nodes));
    }
}
