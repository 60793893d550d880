using GraphPartition.Foundation;
using GraphPartition.Ir.Tensors;
using GraphPartition.Runtime.Comparison;
using Xunit;

namespace GraphPartition.Tests.Unit;

public sealed class TensorDifferenceTests
{
    private static readonly Tolerance Usual = Tolerance.Of(ElementType.Float32);

    [Fact]
    public void A_doubled_output_differs() => Differs(TensorData.Floats([1, 2, 3]), TensorData.Floats([2, 4, 6]));

    [Fact]
    public void One_wrong_element_among_many_differs()
    {
        float[] numbers = new float[10_000];
        Array.Fill(numbers, 1);
        TensorData right = TensorData.Floats(numbers);
        numbers[7777] = 1.01f;
        TensorDifference difference = TensorDifference.Between(right, TensorData.Floats(numbers), Usual);
        Assert.Equal(1, difference.Outside);
        Assert.Contains("element 7777", difference.Fault!, StringComparison.Ordinal);
    }

    [Fact]
    public void Rounding_agrees_and_is_measured()
    {
        TensorDifference difference = TensorDifference.Between(TensorData.Floats([100f, 1f]), TensorData.Floats([100.01f, 1f]), Usual);
        Assert.True(difference.Agrees);
        Assert.Equal(0.01, difference.MaxAbsolute, 4);
        Assert.Equal(0.0001, difference.MaxRelative, 6);
    }

    [Fact]
    public void Not_a_number_agrees_only_with_itself()
    {
        Agrees(TensorData.Floats([float.NaN]), TensorData.Floats([float.NaN]));
        Differs(TensorData.Floats([float.NaN]), TensorData.Floats([0f]));
        Differs(TensorData.Floats([0f]), TensorData.Floats([float.NaN]));
        Differs(TensorData.Floats([float.PositiveInfinity]), TensorData.Floats([float.MaxValue]));
        Agrees(TensorData.Floats([float.NegativeInfinity]), TensorData.Floats([float.NegativeInfinity]));
    }

    [Fact]
    public void Integers_must_be_equal() => Differs(TensorData.Int64s(1_000_000), TensorData.Int64s(1_000_001));

    [Fact]
    public void Types_and_shapes_must_be_equal()
    {
        Differs(TensorData.Floats([1, 2]), TensorData.Floats([1, 2], 2, 1));
        Differs(TensorData.Int64s(1), TensorData.Of(ElementType.Int32, [1], 1));
    }

    [Fact]
    public void Strings_must_be_equal()
    {
        Agrees(Text("a"), Text("a"));
        Differs(Text("a"), Text("b"));
        static StringTensor Text(string s) => new([1], [System.Text.Encoding.UTF8.GetBytes(s)]);
    }

    private static void Agrees(TensorData expected, TensorData actual) =>
        Assert.Null(TensorDifference.Between(expected, actual, Usual).Fault);

    private static void Differs(TensorData expected, TensorData actual) =>
        Assert.NotNull(TensorDifference.Between(expected, actual, Usual).Fault);
}
