using GraphPartition.Ir.Tensors;

namespace GraphPartition.Benchmarks.RealModels;

/// <summary>Finds for each sentence the one that means most the same, by the vectors of an encoder.</summary>
internal static class SentenceSearch
{
    /// <summary>The mean of the token vectors of each sentence, of length 1.</summary>
    /// <param name="tokens">f32[sentences, tokens, size].</param>
    /// <param name="mask">i64[sentences, tokens]: 1 where there is a token.</param>
    public static float[][] Vectors(TensorData tokens, TensorData mask)
    {
        (int sentences, int length, int size) = ((int)tokens.Dims[0], (int)tokens.Dims[1], (int)tokens.Dims[2]);
        ReadOnlySpan<float> numbers = tokens.As<float>();
        ReadOnlySpan<long> masks = mask.As<long>();
        var vectors = new float[sentences][];
        for (int s = 0; s < sentences; s++)
        {
            vectors[s] = new float[size];
            for (int t = 0; t < length; t++)
                for (int i = 0; i < size && masks[s * length + t] != 0; i++) vectors[s][i] += numbers[(s * length + t) * size + i];
            float norm = MathF.Sqrt(vectors[s].Sum(x => x * x));
            for (int i = 0; i < size; i++) vectors[s][i] /= norm;
        }
        return vectors;
    }

    /// <summary>For each vector the number of the nearest other one.</summary>
    public static int[] Neighbors(float[][] vectors) => [.. vectors.Select((v, i) =>
        Enumerable.Range(0, vectors.Length).Where(j => j != i).MaxBy(j => v.Zip(vectors[j], (a, b) => a * b).Sum()))];
}
