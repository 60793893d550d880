using GraphPartition.Foundation;
using GraphPartition.Ir.Types;
using GraphPartition.TestModels.Layers;

namespace GraphPartition.TestModels.Networks;

/// <summary>
/// BERT (Devlin et al. 2018, "Pre-training of Deep Bidirectional Transformers for Language Understanding"), the encoder with
/// its pooler and without a task's head; uncased English vocabulary.
/// </summary>
internal static class Bert
{
    private const int Vocabulary = 30522, Positions = 512, Segments = 2;
    private const float Epsilon = 1e-12f, Hidden = -10000;

    /// <summary>BERT-base: section 3, L = 12, H = 768, A = 12.</summary>
    public static void BuildBase(NetworkBuilder net) => Build(net, layers: 12, features: 768, heads: 12);

    /// <summary>BERT-small (Turc et al. 2019, "Well-Read Students Learn Better"): L = 4, H = 512, A = 8.</summary>
    public static void BuildSmall(NetworkBuilder net) => Build(net, layers: 4, features: 512, heads: 8);

    /// <param name="net">The network to build.</param>
    /// <param name="layers">The paper's L.</param>
    /// <param name="features">The paper's H.</param>
    /// <param name="heads">The paper's A.</param>
    /// <param name="linear">The layer used in the encoder; null: <see cref="Linears.Linear"/>.</param>
    public static void Build(
        NetworkBuilder net, int layers, int features, int heads, Func<Tensor, string, int, Tensor>? linear = null)
    {
        linear ??= (x, name, width) => x.Linear(name, width);
        (Dim batch, int tokens) = (net.Options.Batch, Tokens(net.Options));
        Tensor ids = net.Input("input_ids", ElementType.Int64, batch, tokens);
        Tensor attention = net.Input("attention_mask", ElementType.Int64, batch, tokens);
        Tensor types = net.Input("token_type_ids", ElementType.Int64, batch, tokens);

        Tensor mask = (1f - attention.Cast(ElementType.Float32).Unsqueeze(1, 2)) * Hidden;
        Tensor x = Embeddings(ids, types, tokens, features);
        for (int layer = 0; layer < layers; layer++)
        {
            using IDisposable scope = net.Scope($"encoder.layer.{layer}");
            x = Layer(x, mask, heads, linear);
        }
        net.Output("last_hidden_state", x);
        net.Output("pooler_output", x.Pick(axis: 1, index: 0).Linear("pooler.dense", features).Tanh());
    }

    private static Tensor Embeddings(Tensor ids, Tensor types, int tokens, int features)
    {
        using IDisposable scope = ids.Net.Scope("embeddings");
        Tensor positions = ids.Net.Integers([.. Enumerable.Range(0, tokens)]);
        return (ids.Embedding("word_embeddings", Vocabulary, features)
            + types.Embedding("token_type_embeddings", Segments, features)
            + positions.Embedding("position_embeddings", Positions, features)).LayerNorm("LayerNorm", Epsilon);
    }

    private static Tensor Layer(Tensor x, Tensor mask, int heads, Func<Tensor, string, int, Tensor> linear)
    {
        NetworkBuilder net = x.Net;
        Tensor attended;
        using (net.Scope("attention.self")) attended = x.SelfAttention(heads, mask, linear);
        x = (x + linear(attended, "attention.output.dense", x.Features)).LayerNorm("attention.output.LayerNorm", Epsilon);
        Tensor inner = linear(x, "intermediate.dense", 4 * x.Features).Gelu();
        return (x + linear(inner, "output.dense", x.Features)).LayerNorm("output.LayerNorm", Epsilon);
    }

    private static int Tokens(NetworkOptions options)
    {
        int tokens = options.Sequence ?? throw new InvalidOperationException("no sequence length given, and no default");
        return tokens <= Positions ? tokens : throw new ArgumentException($"BERT takes at most {Positions} tokens, not {tokens}");
    }
}
