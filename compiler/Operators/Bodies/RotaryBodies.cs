namespace GraphPartition.Operators.Bodies;

/// <summary>
/// Rotary position embeddings as arithmetic: https://onnx.ai/onnx/operators/onnx__RotaryEmbedding.html and ONNX Runtime's older form. Each
/// pair (a, b) of a head becomes (a cos - b sin, b cos + a sin).
/// </summary>
internal static class RotaryBodies
{
    /// <summary>RotaryEmbedding(X, cos, sin, positions?): X is [batch, heads, length, size] or [batch, length, heads * size].</summary>
    public static string? RotaryEmbedding(BodyBuilder b)
    {
        if (b.Input(0).Shape is not { Rank: 3 or 4 } shape) return "the rank of its input is not known";
        Value cos = b.Input(1), sin = b.Input(2);
        if (b.Has(3)) (cos, sin) = (b.Add("Gather", [cos, b.Input(3)]), b.Add("Gather", [sin, b.Input(3)]));
        return Rotate(b, shape, cos, sin);
    }

    /// <summary>
    /// ONNX Runtime's RotaryEmbedding(X, positions, cos, sin): positions are [batch, length], or the first one alone, [1].
    /// </summary>
    public static string? OrtRotaryEmbedding(BodyBuilder b)
    {
        if (b.Input(0).Shape is not { Rank: 3 or 4 } shape) return "the rank of its input is not known";
        if (b.Input(1).Shape is not { Rank: 2 }) return "it has one position for all";
        if (b.Attributes.Int("is_packed_batching") != 0 || b.Attributes.Float("scale", 1) != 1) return "its batch is packed or it is scaled";
        return Rotate(b, shape, b.Add("Gather", [b.Input(2), b.Input(1)]), b.Add("Gather", [b.Input(3), b.Input(1)]));
    }

    /// <summary>Rotates with cos and sin as [batch, length, pairs].</summary>
    private static string? Rotate(BodyBuilder b, Shape shape, Value cos, Value sin)
    {
        bool isSplit = shape.Rank == 4;
        long heads = b.Attributes.Int("num_heads"), rotated = b.Attributes.Int("rotary_embedding_dim");
        if (!isSplit && heads <= 0)
        {
            // The width of cos tells the size of a head where no attribute tells how many there are.
            if (rotated != 0 || cos.Shape is not { } c || !c[^1].IsKnown || !shape[2].IsKnown) return "its number of heads is not known";
            heads = shape[2].Size / (2 * c[^1].Size);
        }
        Dim last = isSplit ? shape[3] : shape[2];
        if (!last.IsKnown) return "the size of its heads is not known";
        long size = isSplit ? last.Size : last.Size / heads;
        if (rotated == 0) rotated = size;
        Value x = isSplit ? b.Transpose(b.Input(0), 0, 2, 1, 3) : b.Reshape(b.Input(0), 0, 0, heads, size); // [batch, length, heads, size]
        Value turned = Turned(b, x, cos, sin, (size, rotated), b.Attributes.Int("interleaved") != 0);
        if (isSplit) b.Result(0, "Transpose", [turned], ("perm", new long[] { 0, 2, 1, 3 }));
        else b.Result(0, "Reshape", [turned, b.Integers(0, 0, -1)]);
        return null;
    }

    /// <summary>The heads with their first numbers turned.</summary>
    /// <param name="b">The body.</param>
    /// <param name="x">[batch, length, heads, size].</param>
    /// <param name="cos">[batch, length, rotated / 2], as <paramref name="sin"/>.</param>
    /// <param name="sin">The sines.</param>
    /// <param name="sizes">The size of a head, and how many numbers of it are turned.</param>
    /// <param name="isInterleaved">Pairs are neighbors; else the second half of the turned numbers belongs to the first.</param>
    /// <returns>[batch, length, heads, size].</returns>
    public static Value Turned(
        BodyBuilder b, Value x, Value cos, Value sin, (long Head, long Rotated) sizes, bool isInterleaved)
    {
        (long size, long rotated) = sizes;
        Value? rest = null;
        if (rotated < size)
        {
            ImmutableArray<Value?> parts = b.AddMany("Split", [x, b.Integers(rotated, size - rotated)], 2, ("axis", 3L));
            (x, rest) = (parts[0]!, parts[1]);
        }
        (cos, sin) = (b.Add("Unsqueeze", [cos, b.Integers(2)]), b.Add("Unsqueeze", [sin, b.Integers(2)])); // the same for each head
        long half = rotated / 2;
        // Interleaved: pairs are neighbors, [.., half, 2]; else the second half follows the first, [.., 2, half].
        Value pairs = isInterleaved ? b.Reshape(x, 0, 0, 0, half, 2) : b.Reshape(x, 0, 0, 0, 2, half);
        long axis = isInterleaved ? 4 : 3;
        ImmutableArray<Value?> ab = b.AddMany("Split", [pairs, b.Integers(1, 1)], 2, ("axis", axis));
        Value first = b.Reshape(ab[0]!, 0, 0, 0, half), second = b.Reshape(ab[1]!, 0, 0, 0, half);
        Value real = b.Add("Sub", [b.Add("Mul", [first, cos]), b.Add("Mul", [second, sin])]);
        Value imaginary = b.Add("Add", [b.Add("Mul", [second, cos]), b.Add("Mul", [first, sin])]);
        Value turned;
        if (isInterleaved)
        {
            Value a = b.Add("Unsqueeze", [real, b.Integers(4)]), c = b.Add("Unsqueeze", [imaginary, b.Integers(4)]);
            turned = b.Reshape(b.Add("Concat", [a, c], ("axis", 4L)), 0, 0, 0, rotated);
        }
        else turned = b.Add("Concat", [real, imaginary], ("axis", 3L));
        return rest is null ? turned : b.Add("Concat", [turned, rest], ("axis", 3L));
    }
}
