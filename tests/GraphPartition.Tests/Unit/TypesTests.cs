using GraphPartition.Foundation;
using GraphPartition.Ir.Tensors;
using GraphPartition.Ir.Types;
using Xunit;

namespace GraphPartition.Tests.Unit;

public sealed class TypesTests
{
    [Fact]
    public void Merging_takes_the_more_informative_dimension()
    {
        var a = new TensorType(ElementType.Float32, new Shape(Dim.Unknown, "n", 3));
        var b = new TensorType(ElementType.Undefined, new Shape("batch", 4, 3));
        Assert.Equal("f32[batch,4,3]", IrType.Merge(a, b)!.ToString());
    }

    [Theory]
    [InlineData(ElementType.Float32, 3L, ElementType.Int32, 3L)]
    [InlineData(ElementType.Float32, 3L, ElementType.Float32, 4L)]
    public void Contradicting_types_do_not_merge(ElementType e1, long d1, ElementType e2, long d2) =>
        Assert.Null(IrType.Merge(IrType.Tensor(e1, Shape.Of(d1)), IrType.Tensor(e2, Shape.Of(d2))));

    [Fact]
    public void Element_counts_do_not_overflow()
    {
        Assert.Null(Shape.Of(1L << 40, 1L << 40).ElementCount);
        Assert.Equal(0, Shape.Of(1L << 40, 1L << 40, 0).ElementCount);
        Assert.Null(new Shape("n", 0).ElementCount);
        Assert.Equal(1, Shape.Scalar.ElementCount);
        Assert.Throws<OverflowException>(() => TensorData.CountOf([1L << 40, 1L << 40]));
    }

    [Theory]
    [InlineData(ElementType.Int4, 3, 2)]
    [InlineData(ElementType.UInt2, 5, 2)]
    [InlineData(ElementType.Complex128, 2, 32)]
    [InlineData(ElementType.Bool, 7, 7)]
    public void Packed_elements_take_whole_bytes(ElementType type, long count, long bytes) =>
        Assert.Equal(bytes, type.ByteCount(count));

    [Theory]
    [InlineData(ElementType.Float16, new byte[] { 0x00, 0x3C }, 1)]
    [InlineData(ElementType.BFloat16, new byte[] { 0x80, 0xBF }, -1)]
    [InlineData(ElementType.Int4, new byte[] { 0x8F }, -1)]
    [InlineData(ElementType.UInt4, new byte[] { 0x8F }, 15)]
    [InlineData(ElementType.Float8E4M3FN, new byte[] { 0x7E }, 448)]
    [InlineData(ElementType.Float8E4M3FNUZ, new byte[] { 0x7F }, 240)]
    [InlineData(ElementType.Float8E5M2, new byte[] { 0x7B }, 57344)]
    [InlineData(ElementType.Float8E5M2FNUZ, new byte[] { 0x7F }, 57344)]
    [InlineData(ElementType.Float8E8M0, new byte[] { 0x80 }, 2)]
    [InlineData(ElementType.Float4E2M1, new byte[] { 0x07 }, 6)]
    [InlineData(ElementType.UInt64, new byte[] { 1, 0, 0, 0, 0, 0, 0, 0 }, 1)]
    public void Elements_read_as_numbers(ElementType type, byte[] bytes, double expected) =>
        Assert.Equal(expected, Numbers.At(type, bytes, 0));

    [Fact]
    public void Digests_tell_tensors_apart_by_type_shape_and_content()
    {
        byte[][] digests =
        [
            TensorData.Floats([1, 2]).Digest.ToArray(),
            TensorData.Floats([1, 2], 2, 1).Digest.ToArray(),
            TensorData.Floats([1, 3]).Digest.ToArray(),
            TensorData.Of<int>(ElementType.Int32, [0x3F800000, 0x40000000], 2).Digest.ToArray(),
        ];
        Assert.Equal(4, digests.Select(Convert.ToHexString).Distinct().Count());
        Assert.Equal(digests[0], TensorData.Floats([1, 2]).Digest.ToArray());
    }
}
