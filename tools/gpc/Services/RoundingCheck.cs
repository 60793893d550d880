using GraphPartition.Foundation;
using GraphPartition.Gpc.Inputs;
using GraphPartition.Ir.Tensors;
using GraphPartition.Onnx.Reading;
using GraphPartition.Runtime;
using GraphPartition.Runtime.Comparison;
using GraphPartition.Runtime.Options;
using GraphPartition.Runtime.Ort;
using Microsoft.ML.OnnxRuntime;

namespace GraphPartition.Gpc.Services;

/// <summary>
/// Whether a run of a 16-bit model differs from the whole model only by roundings. On a CPU, ONNX Runtime computes most 16-bit nodes in
/// float32 and rounds between them, but not where two of them meet. So a pass that removes a Reshape removes a rounding. Two things tell
/// this from a fault: in float32 the partition gives every bit of the whole, and the 16-bit run is not ten times as far from that as
/// the whole in 16 bits.
/// </summary>
/// <param name="Opened">The model.</param>
/// <param name="Options">How it runs.</param>
/// <param name="Feeds">The inputs.</param>
internal sealed record RoundingCheck(OpenedModel Opened, ModelSessionOptions Options, FeedSet Feeds)
{
    /// <summary>
    /// In dB. One rounding of a number that all others are divided by moves all outputs, by as much as chance will have it. Ten times is
    /// more than chance, for instance a folded weight that is too large for 16 bits.
    /// </summary>
    private const double TenTimes = 20;

    /// <summary>Judges two runs that differ.</summary>
    /// <param name="expected">The outputs of the whole model in its own types.</param>
    /// <param name="actual">The outputs of the partitioned model.</param>
    /// <returns>What was found; null: more than roundings differ.</returns>
    public string? Judge(IReadOnlyList<NamedValue> expected, NamedValue[] actual)
    {
        if (InFull() is not { } full) return null;
        double lowest = double.PositiveInfinity;
        foreach (NamedValue e in expected)
        {
            if (Named(full, e) is not { } wide || Named(actual, e) is not { } own || e.Value is not TensorValue { Data: var data }
                || !own.Dims.AsSpan().SequenceEqual(data.Dims.AsSpan())) return null;
            if (!Numbers.IsFloat(data.Element)) continue;
            if (SignalQuality.Between(wide, data) is not { Decibels: var theirs }
                || SignalQuality.Between(wide, own) is not { Decibels: var ours } || ours < theirs - TenTimes) return null;
            lowest = Math.Min(lowest, ours);
        }
        return "in float32 the partition gives the outputs of the whole model to the last bit, so the runs differ only in where they round to 16 bits"
            + (double.IsFinite(lowest) ? $"; from the outputs in float32 this run is {lowest:F1} dB away" : "");
    }

    /// <summary>The outputs in float32; null where the partition and the whole model do not give the same bits.</summary>
    private NamedValue[]? InFull()
    {
        ModelSessionOptions exact = Options with { Optimize = false };
        Dictionary<string, OrtValue> feeds = Opened.Source.Graph.Inputs.Where(v => Feeds.Values.ContainsKey(v.Name))
            .ToDictionary(v => v.Name, v => InFloat32.Of(Feeds.Values[v.Name], v.Type));
        try
        {
            using PlainSession plain = PlainSession.Load(InFloat32.Of(Opened.Source), exact);
            using RunResult whole = plain.Run(feeds);
            using ModelSession session = ModelSession.Create(InFloat32.Of(Opened.Exact.Value), exact);
            using RunResult parts = session.Run(feeds);
            NamedValue[] outputs = [.. Opened.Source.Graph.Outputs.Zip(whole.Values,
                (v, value) => new NamedValue(v.Name, OrtValues.ToData(value)))];
            bool isEqual = outputs.Zip(parts.Values).All(
                o => ValueDifference.Between(o.First.Value, OrtValues.ToData(o.Second), Tolerance.Exact).Agrees);
            return isEqual ? outputs : null;
        }
        catch (Exception e) when (e is EnvironmentException or ModelException) // not every kernel has a form in float32
        {
            return null;
        }
        finally
        {
            foreach (OrtValue feed in feeds.Values) feed.Dispose();
        }
    }

    private static TensorData? Named(IEnumerable<NamedValue> all, NamedValue like) =>
        (all.FirstOrDefault(v => v.Name == like.Name).Value as TensorValue)?.Data;
}
