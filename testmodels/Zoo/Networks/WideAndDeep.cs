using GraphPartition.Foundation;
using GraphPartition.Ir.Types;
using GraphPartition.TestModels.Layers;

namespace GraphPartition.TestModels.Networks;

/// <summary>
/// Wide &amp; Deep (Cheng et al. 2016, "Wide &amp; Deep Learning for Recommender Systems", figure 4): 32 features for each
/// category, then ReLU layers of 1024, 512 and 256; beside it a linear model of categories and crossed categories.
/// </summary>
/// <remarks>
/// The paper does not say how many categories there are. Taken here: the 13 numbers and 26 categories of the Criteo data set,
/// each hashed to 10,000 values, and 10 crosses of categories, hashed together to 100,000.
/// </remarks>
internal static class WideAndDeep
{
    private const int Numbers = 13, Categories = 26, Values = 10_000, Crosses = 10, CrossValues = 100_000, Features = 32;
    private const double WideDeviation = 0.1;

    public static void Build(NetworkBuilder net) =>
        Build(net, (ids, name, rows, features) => ids.Embedding(name, rows, features));

    /// <param name="net">The network to build.</param>
    /// <param name="embedding">The layer that looks up a row for each index: indices, name, rows, features.</param>
    public static void Build(NetworkBuilder net, Func<Tensor, string, int, int, Tensor> embedding)
    {
        Dim batch = net.Options.Batch;
        Tensor numbers = net.Input("numbers", batch, Numbers);
        Tensor categories = net.Input("categories", ElementType.Int64, batch, Categories);
        Tensor crosses = net.Input("crosses", ElementType.Int64, batch, Crosses);

        // One table holds all categories, each from its own first row on.
        Tensor rows = categories + net.Integers([.. Enumerable.Range(0, Categories).Select(i => (long)i * Values)]);
        Tensor deep = embedding(rows, "deep.embedding", Categories * Values, Features).Reshape(batch, Categories * Features);
        deep = Shaping.Concat(1, deep, numbers);
        deep = deep.Linear("deep.0", 1024).Relu().Linear("deep.1", 512).Relu().Linear("deep.2", 256).Relu();

        Tensor wide = rows.Embedding("wide.categories", Categories * Values, 1, WideDeviation).Sum(1).Reshape(batch, 1)
            + crosses.Embedding("wide.crosses", CrossValues, 1, WideDeviation).Sum(1).Reshape(batch, 1);
        net.Output("probability", (deep.Linear("deep.output", 1) + wide).Sigmoid());
    }
}
