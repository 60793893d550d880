using GraphPartition.Ir.Tensors;
using GraphPartition.MixedPrecision.Choice;
using GraphPartition.MixedPrecision.Constants;
using GraphPartition.Operators.Definitions;

using Xunit;

namespace GraphPartition.MixedPrecision.Tests.Unit;

public sealed class NumberTests
{
    [Theory]
    [InlineData(65504f, 65504f)]
    [InlineData(65519f, 65504f)]
    [InlineData(65520f, float.PositiveInfinity)]
    [InlineData(3e-8f, 5.9604645e-8f)]
    [InlineData(2.9e-8f, 0f)]
    [InlineData(-1e-10f, -0f)]
    [InlineData(float.NegativeInfinity, float.NegativeInfinity)]
    public void Fp16_rounds_to_nearest(float x, float expected)
    {
        Assert.Equal(expected, LowFormat.Fp16.Round(x));
        Assert.Equal(float.IsNegative(x), float.IsNegative(LowFormat.Fp16.Round(x)));
    }

    [Theory]
    [InlineData(1f, 1f)]
    [InlineData(90000f, 90112f)]
    [InlineData(-3.4028235e38f, float.NegativeInfinity)]
    [InlineData(1e-30f, 9.98402083e-31f)]
    public void Bf16_rounds_to_nearest(float x, float expected) => Assert.Equal(expected, LowFormat.Bf16.Round(x), 1e-35f);

    [Fact]
    public void Not_a_number_stays_one()
    {
        Assert.True(float.IsNaN(LowFormat.Bf16.Round(float.NaN)));
        Assert.True(float.IsNaN(LowFormat.Bf16.Round(BitConverter.UInt32BitsToSingle(0x7F800001))));
        Assert.True(float.IsNaN(LowFormat.Fp16.Round(float.NaN)));
    }

    [Theory]
    [InlineData(new[] { 1f, 2f }, new[] { 1f, 2f }, double.PositiveInfinity, 1)]
    [InlineData(new[] { 0f, 0f }, new[] { 0f, 0f }, double.PositiveInfinity, 1)]
    [InlineData(new[] { 1f, 0f }, new[] { 0.9f, 0f }, 20, 1)]
    [InlineData(new[] { 1f, 0f }, new[] { 0f, 1f }, -3.01, 0)]
    [InlineData(new[] { 1f, 0f }, new[] { float.NaN, 0f }, double.NegativeInfinity, double.NaN)]
    [InlineData(new[] { float.PositiveInfinity, 1f }, new[] { float.PositiveInfinity, 1f }, double.PositiveInfinity, 1)]
    [InlineData(new[] { float.PositiveInfinity, 1f }, new[] { 65504f, 1f }, double.NegativeInfinity, double.NaN)]
    public void Signal_and_noise(float[] x, float[] y, double decibels, double cosine)
    {
        SignalQuality quality = SignalQuality.Between(TensorData.Floats(x, x.Length), TensorData.Floats(y, y.Length))!;
        Assert.Equal(decibels, quality.Decibels, 0.01);
        Assert.Equal(cosine, quality.Cosine, 1e-6);
    }

    [Fact]
    public void Tensors_of_other_dimensions_are_not_comparable() =>
        Assert.Null(SignalQuality.Between(TensorData.Floats([1f, 2f], 2), TensorData.Floats([1f, 2f], 1, 2)));

    [Fact]
    public void What_a_constant_loses()
    {
        ConstantLoss loss = ConstantLoss.Of([1f, 1e-9f, 7e4f, float.NaN, float.NegativeInfinity], LowFormat.Fp16);
        Assert.Equal((true, 7e4f, 1e-9f, 1.0), (loss.HasNaN, loss.Overflow, loss.Worst, loss.WorstError));
        Assert.Equal(1, ConstantLoss.Of([1e-9f], LowFormat.Fp16).LostEnergy, 1e-6);
    }

    /// <summary>Two users of the sink's side behind one producer cost one arc, not two.</summary>
    [Fact]
    public void A_cut_takes_the_cheaper_side_and_of_equal_ones_the_smaller_source()
    {
        var cut = new MinimumCut();
        int a = cut.AddNode(), b = cut.AddNode(), hub = cut.AddNode();
        cut.AddArc(MinimumCut.Source, a, 1);
        cut.AddArc(a, hub, 1);
        cut.AddArc(hub, b, MinimumCut.Infinite);
        cut.AddArc(hub, MinimumCut.Sink, MinimumCut.Infinite);
        cut.AddArc(b, MinimumCut.Sink, 1);
        Assert.Equal([true, false, false, false, false], cut.SourceSide());
    }
}
