namespace GraphPartition.TestModels.Layers;

/// <summary>Attention on sequences, [batch, sequence, features].</summary>
public static class Attentions
{
    /// <summary>
    /// Multi-head self-attention (Vaswani et al. 2017): softmax(Q·Kᵀ / √d + mask)·V in each head, heads next to one another.
    /// </summary>
    /// <param name="x">The sequence.</param>
    /// <param name="heads">How many heads share the features.</param>
    /// <param name="mask">Added to the scores, [batch, 1, 1, sequence]: 0, or very small where a token must not be seen.</param>
    /// <param name="linear">The layer that makes queries, keys and values; null: <see cref="Linears.Linear"/>.</param>
    public static Tensor SelfAttention(this Tensor x, int heads, Tensor mask, Func<Tensor, string, int, Tensor>? linear = null)
    {
        linear ??= (t, name, features) => t.Linear(name, features);
        int size = x.Features / heads;
        Tensor Split(string name, params long[] order) =>
            linear(x, name, x.Features).Reshape(x.Shape[0], x.Shape[1], heads, size).Transpose(order);

        Tensor query = Split("query", 0, 2, 1, 3), key = Split("key", 0, 2, 3, 1), value = Split("value", 0, 2, 1, 3);
        Tensor scores = query.MatMul(key) * (float)(1 / Math.Sqrt(size)) + mask;
        return scores.Softmax().MatMul(value).Transpose(0, 2, 1, 3).Reshape(x.Shape[0], x.Shape[1], x.Features).WithPower(1);
    }

    /// <summary>The matrix product over the last two axes; the others must be the same.</summary>
    public static Tensor MatMul(this Tensor a, Tensor b) =>
        a.Net.Op("MatMul", new(a.Type.Element, a.Shape.With(a.Shape.Rank - 1, b.Shape[^1])), [a, b])
            .WithPower(a.Features * a.Power * b.Power);
}
