using GraphPartition.Ir.Tensors;

namespace GraphPartition.Operators.Bodies;

/// <summary>Weights of a few bits, https://github.com/microsoft/onnxruntime/blob/main/docs/ContribOperators.md.</summary>
internal static class NarrowWeights
{
    /// <summary>
    /// MatMulNBits(A, B, scales, zero points?, -, bias?): B [N, blocks, bytes] holds unsigned numbers q of 2, 4 or 8 bits, the lowest bits
    /// of a byte first; the weight is (q - z) scale with the z of its block, 2^(bits - 1) where it is left out. In the usual form, 4 bits
    /// without zero points, q - 8 is a signed 4-bit number, and DequantizeLinear computes its product with the block's scale. In the others
    /// the weight is computed here.
    /// </summary>
    public static string? MatMulNBits(BodyBuilder b)
    {
        long bits = b.Attributes.Int("bits", 4), rows = b.Attributes.Int("N"), columns = b.Attributes.Int("K");
        long block = b.Attributes.Int("block_size");
        if (bits is not (2 or 4 or 8)) return $"its weights have {bits} bits";
        if (b.Has(4)) return "its group indices are given";
        if (block <= 0 || rows <= 0 || columns <= 0) return "its attributes give no sizes";
        if (b.Input(1).Data is not { } packed) return "its weights are computed";
        long blocks = (columns + block - 1) / block;
        if (packed.Bytes.Length != rows * blocks * block * bits / 8) return "its weights have another length than its attributes tell";
        Value? weight = bits == 4 && !b.Has(3) && columns % block == 0 ? Nibbles(b, packed, rows, columns, block)
            : Computed(b, packed, new(rows, columns, blocks, block, (int)bits));
        if (weight is null) return "its scales or zero points are computed";
        Value turned = b.Transpose(weight, 1, 0);
        if (!b.Has(5)) b.Result(0, "MatMul", [b.Input(0), turned]);
        else b.Result(0, "Add", [b.Add("MatMul", [b.Input(0), turned]), b.Input(5)]);
        return null;
    }

    /// <summary>
    /// GatherBlockQuantized(data, indices, scales, zero points?): rows of a table of 4 or 8 bits, each block of one axis with its scale. It
    /// is DequantizeLinear of the table, then Gather. In u8 the lowest bits of a byte come first, and the zero point that is left out is
    /// 2^(bits - 1).
    /// </summary>
    public static string? GatherBlockQuantized(BodyBuilder b)
    {
        long bits = b.Attributes.Int("bits", 4);
        if (b.Input(0).Data is not { Dims.IsEmpty: false } table || (b.Has(3) && b.Input(3).Data is null)) return "its table is computed";
        TensorData? zeros = b.Has(3) ? b.Input(3).Data : null;
        bool isPacked = table.Element == ElementType.UInt8 && bits == 4, isBytes = table.Element == ElementType.UInt8 && bits == 8;
        if (table.Element == ElementType.UInt8 && !isPacked && !isBytes) return $"its table has {bits} bits";
        if (isPacked && zeros is not null && b.Input(2).Shape is { Rank: > 0 } scales && !scales[^1].Is(2 * zeros.Dims[^1]))
            return "its zero points do not fill whole bytes";
        Value[] operands = (isPacked, zeros) switch
        {
            (true, null) => [b.Constant(Nibbles(table, ElementType.Int4, flip: 0x88)), b.Input(2)], // q - 8 as a signed nibble
            (true, { } z) => [b.Constant(Nibbles(table, ElementType.UInt4)), b.Input(2), b.Constant(Nibbles(z, ElementType.UInt4))],
            (false, null) when isBytes => [b.Constant(Flipped(table, ElementType.Int8, table.Dims, 0x80)), b.Input(2)],
            (false, null) => [b.Input(0), b.Input(2)],
            (false, _) => [b.Input(0), b.Input(2), b.Input(3)],
        };
        Value weights = b.Add("DequantizeLinear", operands, ("axis", b.Attributes.Int("quantize_axis", 1)),
            ("block_size", b.Attributes.Int("block_size", 128)));
        b.Result(0, "Gather", [weights, b.Input(1)], ("axis", b.Attributes.Int("gather_axis")));
        return null;
    }

    private static MemoryTensor Nibbles(TensorData bytes, ElementType type, byte flip = 0) =>
        Flipped(bytes, type, bytes.Dims.SetItem(bytes.Dims.Length - 1, 2 * bytes.Dims[^1]), flip);

    private static MemoryTensor Flipped(TensorData data, ElementType type, ImmutableArray<long> dims, byte flip)
    {
        byte[] bytes = data.Bytes.ToArray();
        for (int i = 0; i < bytes.Length; i++) bytes[i] ^= flip; // the top bit of each number: it becomes signed
        return new(type, dims, bytes);
    }

    private static Value? Nibbles(BodyBuilder b, TensorData packed, long rows, long columns, long block)
    {
        if (b.Input(2).Shape is null) return null;
        Value weight = b.Constant(Flipped(packed, ElementType.Int4, [rows, columns], 0x88)); // q - 8 as a signed nibble
        return b.Add("DequantizeLinear", [weight, b.Reshape(b.Input(2), rows, columns / block)], ("axis", 1L), ("block_size", block));
    }

    /// <summary>[N, K] in the type of A.</summary>
    private static Value? Computed(BodyBuilder b, TensorData packed, Layout layout)
    {
        if (b.Input(2).Data is not { } scales || (b.Has(3) && b.Input(3).Data is null)) return null;
        TensorData? zeros = b.Has(3) ? b.Input(3).Data : null;
        ReadOnlySpan<byte> q = packed.Bytes.Span, s = scales.Bytes.Span, z = zeros is null ? default : zeros.Bytes.Span;
        var weight = new float[layout.Rows * layout.Columns];
        for (long row = 0, at = 0; row < layout.Rows; row++)
            for (long column = 0; column < layout.Columns; column++, at++)
            {
                long blockOf = column / layout.Block, index = row * layout.Blocks + blockOf;
                double zero = zeros is null ? 1 << (layout.Bits - 1)
                    : zeros.Element == ElementType.UInt8 ? layout.At(z, row * layout.ZerosInRow + blockOf)
                    : Numbers.At(zeros.Element, z, (int)index);
                float scale = (float)Numbers.At(scales.Element, s, (int)index);
                weight[at] = (float)(layout.At(q, index * layout.Block + column % layout.Block) - zero) * scale;
            }
        Value value = b.Constant(TensorData.Floats(weight, layout.Rows, layout.Columns));
        return b.Cast(value, b.Element(0));
    }

    /// <summary>How numbers of a few bits lie in bytes.</summary>
    private readonly record struct Layout(long Rows, long Columns, long Blocks, long Block, int Bits)
    {
        /// <summary>The zero points of a row fill whole bytes.</summary>
        public long ZerosInRow => (Blocks * Bits + 7) / 8 * 8 / Bits;

        public int At(ReadOnlySpan<byte> bytes, long index)
        {
            long bit = index * Bits;
            return (bytes[(int)(bit / 8)] >> (int)(bit % 8)) & ((1 << Bits) - 1);
        }
    }
}
