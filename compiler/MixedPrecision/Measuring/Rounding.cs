using System.Runtime.InteropServices;
using GraphPartition.MixedPrecision.Constants;

namespace GraphPartition.MixedPrecision.Measuring;

/// <summary>What a main graph with switches and its bodies share: numbers of nodes, switches, rounded constants.</summary>
internal sealed class Rounding(LowFormat format, bool clamps, LowConstants constants, int capacity)
{
    private readonly Dictionary<Node, int> _numbers = new(capacity);
    private readonly Dictionary<Switch, Value> _conditions = [];
    private readonly Dictionary<Value, Value> _rounded = [];
    private readonly Value _input = new(SwitchedModel.Input, IrType.Tensor(ElementType.Bool, Shape.OfRank(1)));

    /// <summary>The nodes with switches, by number.</summary>
    public List<Node> Nodes { get; } = [];

    /// <summary>The switches in the order of the input.</summary>
    public List<Switch> Switches { get; } = [];

    /// <summary>For each value that a node with switches computes and rounds: the number of that node.</summary>
    public Dictionary<Value, int> Producers { get; } = [];

    /// <summary>The main graph, which has the input and the conditions.</summary>
    public GraphBuilder? Main { get; private set; }

    /// <summary>Adds the input to the main graph.</summary>
    public void Start(GraphBuilder main)
    {
        Main = main;
        main.Input(_input);
    }

    /// <summary>The number of a node with switches.</summary>
    public int NumberOf(Node node)
    {
        if (_numbers.TryGetValue(node, out int number)) return number;
        _numbers.Add(node, number = Nodes.Count);
        Nodes.Add(node);
        return number;
    }

    /// <summary>A scalar of the main graph: whether the place rounds.</summary>
    public Value Condition(Switch place)
    {
        if (_conditions.TryGetValue(place, out Value? known)) return known;
        Value index = Main!.Constant($"{SwitchedModel.Input}_{Switches.Count}", TensorData.Scalar(ElementType.Int64, (long)Switches.Count));
        var condition = new Value($"{SwitchedModel.Input}_on_{Switches.Count}", IrType.Tensor(ElementType.Bool, Shape.Scalar));
        Main.Define("Gather", [_input, index], [condition], AttributeMap.Empty);
        Switches.Add(place);
        _conditions.Add(place, condition);
        return condition;
    }

    /// <summary>The FP32 value rounded to the format: two Casts, which ONNX Runtime keeps.</summary>
    public Value Rounded(GraphBuilder builder, Value x)
    {
        var low = new Value($"{x.Name}_{format.Name}", IrType.Tensor(format.Element, x.Shape));
        var full = new Value(x.Name + "_rounded", x.Type);
        builder.Define("Cast", [x], [low], AttributeMap.Of(("to", (long)format.Element)));
        builder.Define("Cast", [low], [full], AttributeMap.Of(("to", (long)ElementType.Float32)));
        return full;
    }

    /// <summary>A constant rounded to the format, as a constant of the main graph.</summary>
    /// <returns>The constant itself where the format holds all its numbers.</returns>
    public Value RoundedConstant(Value constant)
    {
        if (_rounded.TryGetValue(constant, out Value? known)) return known;
        TensorData data = constant.Data!;
        float[] numbers = data.As<float>().ToArray();
        if (clamps)
        {
            ReadOnlySpan<ushort> low = MemoryMarshal.Cast<byte, ushort>(constants.Converted(data).Bytes.Span);
            for (int i = 0; i < numbers.Length; i++) numbers[i] = format.Number(low[i]);
        }
        else
            for (int i = 0; i < numbers.Length; i++) numbers[i] = format.Round(numbers[i]);
        bool isSame = MemoryMarshal.AsBytes(numbers.AsSpan()).SequenceEqual(data.Bytes.Span);
        return _rounded[constant] = isSame ? constant
            : Main!.Constant(constant.Name + "_rounded", TensorData.Of<float>(ElementType.Float32, numbers, data.Dims.AsSpan()));
    }
}
