using System.Text;
using GraphPartition.Ir.Tensors;

namespace GraphPartition.Benchmarks.RealModels;

/// <summary>The text that a recognizer read: for each step the likeliest character, without repetitions and blanks (CTC).</summary>
internal static class LineReader
{
    /// <summary>Decodes scores.</summary>
    /// <param name="scores">f32[1, steps, characters]; character 0 is the blank, the last one the space.</param>
    /// <param name="characters">The characters from 1 on.</param>
    public static string Read(TensorData scores, IReadOnlyList<string> characters)
    {
        int count = (int)scores.Dims[^1];
        ReadOnlySpan<float> numbers = scores.As<float>();
        var text = new StringBuilder();
        for (int step = 0, last = 0; step < numbers.Length / count; step++)
        {
            ReadOnlySpan<float> row = numbers.Slice(step * count, count);
            int best = 0;
            for (int i = 1; i < count; i++)
                if (row[i] > row[best]) best = i;
            if (best != last && best != 0) text.Append(best - 1 < characters.Count ? characters[best - 1] : " ");
            last = best;
        }
        return text.ToString();
    }
}
