using GraphPartition.MixedPrecision.Measuring;

namespace GraphPartition.MixedPrecision.Debugging;

/// <summary>The tensors inside a model and its outputs, in FP32 and with nodes in 16 bits.</summary>
/// <param name="trials">Runs the model.</param>
/// <param name="places">The numbers of the outputs that are tensors inside the model; those before are its own outputs.</param>
/// <param name="samples">How many samples there are.</param>
internal sealed class ObservedTensors(PrecisionTrials trials, IReadOnlyList<int> places, int samples)
{
    /// <summary>So many bytes of FP32 tensors are kept between runs; more are computed again.</summary>
    private const long MostBytes = 1L << 30;

    private readonly Dictionary<(int Sample, int Place), TensorData> _full = [];
    private long _bytes;
    private bool _isRead;

    /// <summary>The signal-to-noise ratio of the worst sample, in dB, for each of some tensors; plus infinite for no tensor.</summary>
    /// <param name="isLow">For each node: whether it computes in 16 bits.</param>
    /// <param name="wanted">The numbers of the outputs.</param>
    public Dictionary<int, double> Errors(bool[] isLow, IReadOnlyList<int> wanted)
    {
        if (!_isRead)
            for (int sample = 0; sample < samples; sample++) Keep(sample, places, Full(sample, places));
        _isRead = true;
        Dictionary<int, double> errors = wanted.ToDictionary(p => p, _ => double.PositiveInfinity);
        for (int sample = 0; sample < samples; sample++)
        {
            ImmutableArray<TensorData?> low = trials.Run(isLow, sample, wanted);
            for (int i = 0; i < wanted.Count; i++)
            {
                TensorData? full = wanted[i] < trials.Golden.Names.Length ? trials.Golden.Results[sample][wanted[i]]
                    : _full.GetValueOrDefault((sample, wanted[i])) ?? Full(sample, [wanted[i]])[0];
                if (full is not null && low[i] is { } tensor && SignalQuality.Between(full, tensor) is { } quality)
                    errors[wanted[i]] = Math.Min(errors[wanted[i]], quality.Decibels);
            }
        }
        return errors;
    }

    private ImmutableArray<TensorData?> Full(int sample, IReadOnlyList<int> wanted) =>
        trials.Run(new bool[trials.Nodes.Length], sample, wanted);

    private void Keep(int sample, IReadOnlyList<int> wanted, ImmutableArray<TensorData?> tensors)
    {
        for (int i = 0; i < tensors.Length; i++)
            if (tensors[i] is { } tensor && (_bytes += tensor.ByteCount) < MostBytes) _full[(sample, wanted[i])] = tensor;
    }
}
