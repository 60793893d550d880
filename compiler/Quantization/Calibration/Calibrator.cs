using System.Runtime.InteropServices;
using GraphPartition.Compiler.Import.Opsets;
using GraphPartition.Quantization.Measuring;

namespace GraphPartition.Quantization.Calibration;

/// <summary>
/// Collects a histogram for each group of tensors that share a scale. Samples stream through: only the tensors of one run are in memory.
/// </summary>
public static class Calibrator
{
    private const int FirstPart = 8; // tensors at once while their sizes are not known
    private static readonly TimeSpan BetweenStates = TimeSpan.FromSeconds(20);

    /// <summary>Runs the FP32 model on all samples.</summary>
    /// <param name="model">The model after the passes.</param>
    /// <param name="groups">The tensors of each group.</param>
    /// <param name="runner">Runs the model.</param>
    /// <param name="options">How.</param>
    /// <param name="parts">The parts of the samples, each with histograms of its own; null: one.</param>
    /// <returns>For each group the histograms of the parts; a group whose tensors no sample reaches has no numbers.</returns>
    /// <exception cref="ModelException">GP3203: a tensor is not finite; GP3204: there is no sample; GP3210: the state is of another
    /// calibration.</exception>
    /// <exception cref="OperationCanceledException">It was canceled; the state has what was done.</exception>
    public static ImmutableArray<ImmutableArray<MagnitudeHistogram>> Collect(Model model, ImmutableArray<ImmutableArray<Value>> groups,
        ISampleRunner runner, CalibrationOptions options, SampleParts? parts = null)
    {
        if (runner.Count == 0) throw QuantizationCodes.NoSamples.Error(model.Path ?? model.Graph.Name, "the folder has no sample");
        if (groups.IsEmpty) return [];
        (Value Value, int Group)[] tensors = [.. groups.SelectMany((g, i) => g.Select(v => (v, i)))];
        using ISampleSession session = runner.Load(OpsetExport.Lowest(model.WithOutputs(tensors.Select(t => t.Value))), optimizes: true);
        var state = new CalibrationState(options.State, groups, parts, runner, session);
        int[][] turns = [.. Enumerable.Range(0, tensors.Length).Chunk(FirstPart)];
        var sizes = new long[tensors.Length];
        DateTime written = DateTime.UtcNow;
        int first = state.Done;
        for (int sample = first; sample < runner.Count; sample++)
        {
            if (options.Cancellation.IsCancellationRequested)
            {
                state.Write();
                options.Cancellation.ThrowIfCancellationRequested();
            }
            foreach (int[] turn in turns)
                session.Read(sample, turn, (place, element, bytes) =>
                {
                    (Value value, int group) = tensors[turn[place]];
                    sizes[turn[place]] = bytes.Length;
                    MagnitudeHistogram histogram = state.Histograms[group][parts?.Of(sample) ?? 0];
                    if (element == ElementType.Float32 && !histogram.Add(MemoryMarshal.Cast<byte, float>(bytes)))
                        throw QuantizationCodes.NotFinite.Error(value.Name, $"sample {sample} makes it NaN or infinite");
                });
            if (sample == first) turns = Turns(sizes, options.MostBytes);
            state.Done = sample + 1;
            options.Progress?.Invoke(state.Done, runner.Count);
            if (DateTime.UtcNow - written < BetweenStates) continue;
            state.Write();
            written = DateTime.UtcNow;
        }
        state.Write();
        return state.Histograms;
    }

    /// <summary>Tensors that are not too large together.</summary>
    private static int[][] Turns(long[] sizes, long most)
    {
        var turns = new List<List<int>>();
        long bytes = most;
        for (int i = 0; i < sizes.Length; i++)
        {
            if (turns.Count == 0 || bytes + sizes[i] > most)
            {
                turns.Add([]);
                bytes = 0;
            }
            turns[^1].Add(i);
            bytes += sizes[i];
        }
        return [.. turns.Select(t => t.ToArray())];
    }
}
