using GraphPartition.Compiler.Import.Opsets;

namespace GraphPartition.MixedPrecision.Measuring;

/// <summary>How well a choice of precision keeps one output on the samples.</summary>
/// <param name="Output">The name of the output.</param>
/// <param name="Decibels">The signal-to-noise ratio of the worst sample, in dB.</param>
/// <param name="Cosine">The cosine of the worst sample; NaN where a result is not finite and should be.</param>
/// <param name="MaxAbsolute">The greatest error of all samples.</param>
/// <param name="Top1">
/// The share of rows, along the last axis, whose greatest element is at the same place, over all samples; 1 where the output has no rows.
/// </param>
/// <param name="NoiseShare">The energy of the noise per energy of the signal, over all samples.</param>
public sealed record OutputMeasure(string Output, double Decibels, double Cosine, double MaxAbsolute, double Top1, double NoiseShare)
{
    /// <summary>Runs two models on all samples and compares the outputs that both have, in the order of the first.</summary>
    /// <param name="expected">The model that is right.</param>
    /// <param name="actual">The model to judge; emulated where it has 16-bit types.</param>
    /// <param name="runner">Runs models on the samples.</param>
    /// <exception cref="ModelException">GP3111: the first model gives NaN.</exception>
    public static ImmutableArray<OutputMeasure> Of(Model expected, Model actual, ISampleRunner runner)
    {
        GoldenOutputs golden = GoldenOutputs.Of(expected, runner);
        using ISampleSession session = runner.Load(OpsetExport.Lowest(actual));
        ImmutableArray<Value> outputs = actual.Graph.Outputs;
        int[] places = [.. golden.Names.Select(name => outputs.IndexOf(outputs.FirstOrDefault(v => v.Name == name)!))];
        int[] wanted = [.. places.Where(p => p >= 0)];
        ImmutableArray<TensorData?>[] given =
            [.. Enumerable.Range(0, runner.Count).Select(s => session.Run(s, wanted, ImmutableDictionary<string, TensorData>.Empty))];
        var measures = ImmutableArray.CreateBuilder<OutputMeasure>();
        for (int o = 0; o < places.Length; o++)
            if (places[o] >= 0 && wanted.IndexOf(places[o]) is var at
                && Of(golden.Names[o], golden.Results.Select((r, s) => (r[o], given[s][at]))) is { } measure) measures.Add(measure);
        return measures.ToImmutable();
    }

    /// <summary>Compares the results of all samples.</summary>
    /// <param name="output">The name of the output.</param>
    /// <param name="pairs">For each sample what is right, and what a choice gives.</param>
    /// <returns>Null where the output has no real numbers.</returns>
    public static OutputMeasure? Of(string output, IEnumerable<(TensorData? Right, TensorData? Given)> pairs)
    {
        double decibels = double.PositiveInfinity, cosine = 1;
        long rows = 0, equal = 0;
        SignalQuality? all = null;
        foreach ((TensorData? right, TensorData? given) in pairs)
        {
            if (right is null || given is null || SignalQuality.Between(right, given) is not { } quality) return null;
            decibels = Math.Min(decibels, quality.Decibels);
            cosine = double.IsNaN(quality.Cosine) || double.IsNaN(cosine) ? double.NaN : Math.Min(cosine, quality.Cosine);
            all = all is null ? quality : all.With(quality);
            int length = right.Dims is [.., > 0 and var last] ? (int)last : 1;
            for (int start = 0; start + length <= right.ElementCount; start += length, rows++)
                if (Greatest(right, start, length) == Greatest(given, start, length)) equal++;
        }
        if (all is null) return null;
        double share = all.Noise == 0 ? 0 : all.Signal == 0 ? double.PositiveInfinity : all.Noise / all.Signal;
        return new(output, decibels, cosine, all.MaxAbsolute, rows == 0 ? 1 : (double)equal / rows, share);
    }

    /// <summary>The first place of the greatest element of a row; a row with NaN has none.</summary>
    private static int Greatest(TensorData data, int start, int length)
    {
        (int at, double most) = (0, double.NegativeInfinity);
        ReadOnlySpan<byte> bytes = data.Bytes.Span;
        for (int i = 0; i < length; i++)
        {
            double x = Numbers.At(data.Element, bytes, start + i);
            if (double.IsNaN(x)) return -1;
            if (x > most) (at, most) = (i, x);
        }
        return at;
    }
}
