using GraphPartition.Compiler.Import.Opsets;
using GraphPartition.MixedPrecision.Diagnostics;

namespace GraphPartition.MixedPrecision.Measuring;

/// <summary>The outputs of the FP32 model for each sample: what a choice of precision is compared with.</summary>
/// <param name="Names">The names of the outputs.</param>
/// <param name="Results">For each sample the outputs; null where one is not a tensor.</param>
public sealed record GoldenOutputs(ImmutableArray<string> Names, ImmutableArray<ImmutableArray<TensorData?>> Results)
{
    /// <summary>Runs the model on all samples.</summary>
    /// <exception cref="ModelException">GP3111: the FP32 model gives NaN, so nothing can be compared with it.</exception>
    public static GoldenOutputs Of(Model model, ISampleRunner runner)
    {
        using ISampleSession session = runner.Load(OpsetExport.Lowest(model));
        int[] all = [.. Enumerable.Range(0, model.Graph.Outputs.Length)];
        ImmutableArray<string> names = [.. model.Graph.Outputs.Select(v => v.Name)];
        var results = ImmutableArray.CreateBuilder<ImmutableArray<TensorData?>>(runner.Count);
        for (int sample = 0; sample < runner.Count; sample++)
        {
            results.Add(session.Run(sample, all, ImmutableDictionary<string, TensorData>.Empty));
            for (int o = 0; o < names.Length; o++)
                if (results[^1][o] is { } tensor && HasNaN(tensor))
                    throw PrecisionCodes.NaNInModel.Error(names[o], $"on sample {sample} the FP32 model itself gives NaN");
        }
        return new(names, results.MoveToImmutable());
    }

    private static bool HasNaN(TensorData tensor)
    {
        if (!Numbers.IsFloat(tensor.Element)) return false;
        ReadOnlySpan<byte> bytes = tensor.Bytes.Span;
        for (int i = 0; i < tensor.ElementCount; i++)
            if (double.IsNaN(Numbers.At(tensor.Element, bytes, i))) return true;
        return false;
    }
}
