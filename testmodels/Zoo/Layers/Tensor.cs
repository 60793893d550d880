using System.Globalization;
using GraphPartition.Foundation;
using GraphPartition.Ir.Graphs;
using GraphPartition.Ir.Types;

namespace GraphPartition.TestModels.Layers;

/// <summary>A value of a network under construction. Layers are its methods: a network reads like its paper's table.</summary>
public sealed class Tensor
{
    internal Tensor(NetworkBuilder net, Value value, double power)
    {
        Net = net;
        Value = value;
        Power = power;
    }

    /// <summary>The network that this is part of.</summary>
    public NetworkBuilder Net { get; }

    /// <summary>The value in the graph.</summary>
    public Value Value { get; }

    /// <summary>
    /// About the mean square of the elements. The next layer divides its weights by its root (He et al. 2015, "Delving Deep
    /// into Rectifiers": the mean square after a ReLU is 1/2, whence 2 / fan-in), so that signals neither fade nor explode
    /// at any depth, whatever the activation function.
    /// </summary>
    public double Power { get; }

    /// <summary>The type.</summary>
    public TensorType Type => Value.Tensor ?? throw new InvalidOperationException($"{Value} is not a tensor");

    /// <summary>The shape; its rank is always known.</summary>
    public Shape Shape => Type.Shape ?? throw new InvalidOperationException($"the rank of {Value} is not known");

    /// <summary>Feature maps: how many.</summary>
    public int Channels => (int)Shape[1].Size;

    /// <summary>Feature maps: how high.</summary>
    public int Height => (int)Shape[2].Size;

    /// <summary>Feature maps: how wide.</summary>
    public int Width => (int)Shape[3].Size;

    /// <summary>The size of the innermost dimension.</summary>
    public int Features => (int)Shape[^1].Size;

    /// <summary>The sum, broadcast as ONNX does.</summary>
    public static Tensor operator +(Tensor a, Tensor b) => a.Binary("Add", b, a.Power + b.Power);

    /// <summary>The difference, broadcast as ONNX does.</summary>
    public static Tensor operator -(Tensor a, Tensor b) => a.Binary("Sub", b, a.Power + b.Power);

    /// <summary>The product of elements, broadcast as ONNX does.</summary>
    public static Tensor operator *(Tensor a, Tensor b) => a.Binary("Mul", b, a.Power * b.Power);

    /// <summary>The quotient of elements, broadcast as ONNX does.</summary>
    public static Tensor operator /(Tensor a, Tensor b) => a.Binary("Div", b, a.Power / b.Power);

    /// <summary>The sum with a number.</summary>
    public static Tensor operator +(Tensor a, float b) => a + a.Net.Scalar(b);

    /// <summary>The difference from a number.</summary>
    public static Tensor operator -(float a, Tensor b) => b.Net.Scalar(a) - b;

    /// <summary>The product with a number.</summary>
    public static Tensor operator *(Tensor a, float b) => a * a.Net.Scalar(b);

    /// <summary>An operator on this and another tensor, with a result of the broadcast shape.</summary>
    internal Tensor Binary(OpName op, Tensor other, double power, ElementType? result = null) =>
        Net.Op(op, new TensorType(result ?? Type.Element, Broadcast(Shape, other.Shape)), [this, other]).WithPower(power);

    /// <summary>An operator that keeps the type.</summary>
    internal Tensor Map(OpName op, params ReadOnlySpan<(string, AttributeValue)> attributes) =>
        Net.Op(op, Type, [this], attributes);

    /// <summary>The same tensor with a better estimate of <see cref="Power"/>.</summary>
    internal Tensor WithPower(double power) => new(Net, Value, power);

    /// <summary>A tensor type with this element type.</summary>
    internal TensorType Of(params ReadOnlySpan<Dim> dims) => new(Type.Element, new Shape(dims));

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Value} ~{Power:g3}");

    private static Shape Broadcast(Shape a, Shape b)
    {
        var dims = new Dim[Math.Max(a.Rank, b.Rank)];
        for (int i = 1; i <= dims.Length; i++)
        {
            Dim x = i <= a.Rank ? a[^i] : 1, y = i <= b.Rank ? b[^i] : 1;
            if (!x.Is(1) && !y.Is(1) && x.IsKnown && y.IsKnown && x != y)
                throw new ArgumentException($"{a} and {b} cannot be broadcast");
            dims[^i] = x.Is(1) ? y : y.Is(1) ? x : Dim.Merge(x, y);
        }
        return new(dims);
    }
}
