using GraphPartition.Foundation;
using GraphPartition.Ir.Tensors;

namespace GraphPartition.Benchmarks.RealModels;

/// <summary>The tokens of BERT for English text: words in lower case, cut into the longest pieces of a vocabulary.</summary>
/// <param name="vocabulary">The pieces, one a line; the line is the token.</param>
internal sealed class WordPiece(IEnumerable<string> vocabulary)
{
    private readonly Dictionary<string, long> _pieces =
        vocabulary.Select((piece, i) => (piece, i)).ToDictionary(p => p.piece, p => (long)p.i);

    /// <summary>The inputs of a batch of sentences: ids, mask and types, padded to the longest.</summary>
    public Dictionary<string, TensorData> Inputs(IReadOnlyList<string> sentences)
    {
        long[][] ids = [.. sentences.Select(Ids)];
        int length = ids.Max(s => s.Length);
        long[] all = [.. ids.SelectMany(s => s.Concat(new long[length - s.Length]))];
        TensorData Tensor(IEnumerable<long> numbers) => TensorData.Of<long>(ElementType.Int64, numbers.ToArray(), ids.Length, length);
        return new()
        {
            ["input_ids"] = Tensor(all),
            ["attention_mask"] = Tensor(ids.SelectMany(s => Enumerable.Range(0, length).Select(i => i < s.Length ? 1L : 0))),
            ["token_type_ids"] = Tensor(new long[all.Length]),
        };
    }

    private long[] Ids(string sentence)
    {
        var ids = new List<long> { _pieces["[CLS]"] };
        foreach (string word in string.Concat(sentence.ToLowerInvariant().Select(c => char.IsPunctuation(c) ? $" {c} " : $"{c}"))
            .Split(' ', StringSplitOptions.RemoveEmptyEntries))
            for (int start = 0; start < word.Length;)
            {
                int end = word.Length;
                while (end > start && !_pieces.ContainsKey(Piece(start, end))) end--;
                if (end == start)
                {
                    ids.Add(_pieces["[UNK]"]);
                    break;
                }
                ids.Add(_pieces[Piece(start, end)]);
                start = end;

                string Piece(int from, int to) => (from > 0 ? "##" : "") + word[from..to];
            }
        ids.Add(_pieces["[SEP]"]);
        return [.. ids];
    }
}
