using GraphPartition.Ir.Types;

namespace GraphPartition.TestModels.Layers;

/// <summary>Layers on vectors: the innermost dimension are features.</summary>
public static class Linears
{
    /// <summary>x·Wᵀ + b: Gemm for a matrix, MatMul and Add for tensors of higher rank.</summary>
    public static Tensor Linear(this Tensor x, string name, int features)
    {
        using IDisposable scope = x.Net.Scope(name);
        double deviation = 1 / Math.Sqrt(x.Features * x.Power);
        var type = new TensorType(x.Type.Element, x.Shape.With(x.Shape.Rank - 1, features));
        if (x.Shape.Rank == 2)
        {
            Tensor weight = x.Net.Weight(deviation, features, x.Features);
            return x.Net.Op("Gemm", type, [x, weight, x.Net.Bias(features)], ("transB", 1)).WithPower(1);
        }
        return x.Net.Op("MatMul", type, [x, x.Net.Weight(deviation, x.Features, features)]).WithPower(1) + x.Net.Bias(features);
    }

    /// <summary>Layer normalization over the features (Ba et al. 2016).</summary>
    public static Tensor LayerNorm(this Tensor x, string name, float epsilon = 1e-5f)
    {
        using IDisposable scope = x.Net.Scope(name);
        Tensor scale = x.Net.Parameter("weight", 0.75f, 1.25f, x.Features), shift = x.Net.Bias(x.Features);
        return x.Net.Op("LayerNormalization", x.Type, [x, scale, shift], ("axis", -1), ("epsilon", epsilon)).WithPower(1);
    }

    /// <summary>For each index, the row of a table: [..., features].</summary>
    public static Tensor Embedding(this Tensor indices, string name, int rows, int features, double deviation = 1)
    {
        using IDisposable scope = indices.Net.Scope(name);
        return indices.Net.Weight(deviation, rows, features).Gather(indices);
    }

    /// <summary>The elements of this along its first axis, in the order of <paramref name="indices"/>.</summary>
    public static Tensor Gather(this Tensor table, Tensor indices) =>
        table.Net.Op("Gather", table.Of([.. indices.Shape.Dims, .. table.Shape.Dims[1..]]), [table, indices], ("axis", 0));
}
