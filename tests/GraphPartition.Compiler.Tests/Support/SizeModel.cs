using GraphPartition.Foundation;
using GraphPartition.Ir.Graphs;
using GraphPartition.Ir.Tensors;
using GraphPartition.Ir.Types;
using GraphPartition.Onnx.Reading;
using GraphPartition.Operators;
using GraphPartition.Operators.Bounds;
using GraphPartition.Operators.Inference;

namespace GraphPartition.Compiler.Tests.Support;

/// <summary>
/// Graphs of the operators whose sizes only a run tells, from lists of numbers: each number adds a node over two pools, floats and small
/// vectors or scalars of whole numbers. The sizes and the shape inputs of <see cref="Inputs"/> lie within <see cref="Given"/>.
/// </summary>
internal sealed class SizeModel
{
    private readonly GraphBuilder _builder = new(OperatorTable.Default) { Name = "sizes" };
    private readonly List<Value> _floats = [], _vectors = [], _scalars = [];
    private readonly Value _one, _unit;
    private int _constants;

    private SizeModel(int[] codes)
    {
        _floats.Add(_builder.Input("x", IrType.Tensor(ElementType.Float32, new Shape("n", 3))));
        _floats.Add(_builder.Input("y", IrType.Tensor(ElementType.Float32, new Shape("m"))));
        _floats.Add(_builder.Input("z", IrType.Tensor(ElementType.Float32, new Shape(2, 4))));
        _scalars.Add(_builder.Input("k", IrType.Tensor(ElementType.Int64, Shape.Scalar)));
        _vectors.Add(_builder.Input("s", IrType.Tensor(ElementType.Int64, Shape.Of(2))));
        _scalars.Add(_builder.Input("free", IrType.Tensor(ElementType.Int64, Shape.Scalar))); // of which nothing is known
        _one = Ints(1);
        _unit = _builder.Constant("unit", TensorData.Floats([1f], 1));
        for (int i = 0; i < codes.Length; i++) Add(codes[i], $"v{i}");
        Value[] inputs = [.. _floats[..3], _vectors[0], .. _scalars[..2]];
        Value[] all = [.. _floats.Concat(_vectors).Concat(_scalars).Except(inputs).Distinct()];
        Model = new(_builder.Build(all)) { Opsets = OpsetVersions.Standard(18), FormatVersion = 8 };
    }

    /// <summary>The model; every value of the pools is an output.</summary>
    public Model Model { get; }

    public static SizeModel Of(int[] codes) => new(codes);

    /// <summary>What is known of the inputs.</summary>
    public static ValueBounds? Given(Value value) => value.Name switch
    {
        "x" => new([new IntegerRange(0, 4), new IntegerRange(3, 3)]),
        "y" => new([new IntegerRange(1, 5)]),
        "k" => new([], [new IntegerRange(-1, 4)], NumberFact.In(new(-1, 4))),
        "s" => new([new IntegerRange(2, 2)], [new IntegerRange(0, 3), new IntegerRange(1, 2)], NumberFact.In(new(0, 3))),
        _ => null,
    };

    /// <summary>Inputs within what is known of them.</summary>
    public static Dictionary<string, DataValue> Inputs(int seed)
    {
        var random = new Random(seed);
        float[] Floats(int count) => [.. Enumerable.Range(0, count).Select(_ => random.Next(3) == 0 ? 0f : random.Next(-3, 4))];
        int n = random.Next(5), m = random.Next(1, 6);
        return new()
        {
            ["x"] = TensorData.Floats(Floats(3 * n), n, 3),
            ["y"] = TensorData.Floats(Floats(m), m),
            ["z"] = TensorData.Floats(Floats(8), 2, 4),
            ["k"] = TensorData.Of<long>(ElementType.Int64, [random.Next(-1, 5)]),
            ["s"] = TensorData.Of<long>(ElementType.Int64, [random.Next(4), random.Next(1, 3)], 2),
            ["free"] = TensorData.Of<long>(ElementType.Int64, [random.Next(-9, 10)]),
        };
    }

    private void Add(int code, string name)
    {
        int kind = code % 40;
        code /= 40;
        Value a = Pick(_floats), b = Pick(_floats), s = Pick(_scalars), t = Pick(_scalars), v = Pick(_vectors), w = Pick(_vectors);
        switch (kind)
        {
            case 0:
                Value zeros = Op("Expand", [Ints(0), Two(Rank(a), Ints(1))]);
                Vector(Op("ReduceMax", [Op("Concat", [Op("NonZero", [a]), zeros], ("axis", 1L)), Ints(1)], ("keepdims", 0L)));
                break;
            case 1: Float(Op("GatherND", [a, Op("Transpose", [Op("NonZero", [a])], ("perm", new IntsAttribute([1, 0])))])); break;
            case 2: Float(Op("Compress", [Flat(a), Op("Greater", [Flat(a), _unit])])); break;
            case 3 when a.Shape?.Rank == 2: Float(Op("Compress", [a, Op("Greater", [Flat(b), _unit])], ("axis", code % 2L))); break;
            case 4: Float(Op("Unique", [a])); break;
            case 5:
                Node unique = _builder.Add("Unique", [Flat(a)], [name + "_u", name + "_i", name + "_r", name + "_c"],
                    AttributeMap.Of(("sorted", code % 2L)));
                Float(unique.Outputs[0]!);
                for (int o = 1; o < 4; o++) Vector(unique.Outputs[o]!);
                break;
            case 6:
                Value most = Op("Min", [Op("Shape", [Flat(a)]), Row(Small(s))]);
                Node top = _builder.Add("TopK", [Flat(a), most], [name + "_t", name + "_at"], null);
                Float(top.Outputs[0]!);
                Vector(top.Outputs[1]!);
                break;
            case 7: Float(Op("Slice", [a, Row(s), Row(t), Ints(0), Ints(1 + code % 3)])); break;
            case 8: Float(Op("Slice", [a, Row(s), Row(t), Ints(0), Ints(-1 - code % 3)])); break;
            case 9: Vector(Op("Slice", [v, Row(s), Row(t), Ints(0), Ints(1 + code % 2)])); break;
            case 10: Float(Op("Expand", [_unit, Cut(Small(v), 3)])); break;
            case 11: Float(Op("ConstantOfShape", [Cut(Small(v), 3)])); break;
            case 12: Float(Op("Tile", [Cut(Flat(a), 9), Row(Small(s))])); break;
            case 13: Vector(Op("Range", [Small(s), Small(t), Scalar(1 + code % 2)])); break;
            case 14: Vector(Op("Range", [Small(s), Small(t), Scalar(-1 - code % 2)])); break;
            case 15:
                Value step = Op("Add", [Op("Mul", [Small(t), Scalar(2)]), Scalar(code % 2 == 0 ? 1 : -11)]);
                Vector(Op("Range", [Small(s), Small(t), step]));
                break;
            case 16:
                Node split = _builder.Add("Split", [Flat(a)], [name + "_0", name + "_1", name + "_2"],
                    AttributeMap.Of(("num_outputs", 3L)));
                foreach (Value? part in split.Outputs) Float(part!);
                break;
            case 17:
                Value first = Op("Min", [Row(Small(s)), Op("Shape", [Flat(a)])]);
                Node cut = _builder.Add("Split", [Flat(a), Op("Concat", [first, Op("Sub", [Op("Shape", [Flat(a)]), first])], ("axis", 0L))],
                    [name + "_0", name + "_1"], null);
                foreach (Value? part in cut.Outputs) Float(part!);
                break;
            case 18: Float(Op("Concat", [Flat(a), Flat(b)], ("axis", 0L))); break;
            case 19: Vector(Op("Concat", [v, w], ("axis", 0L))); break;
            case 20: Vector(Op("Shape", [a], ("start", code % 2L))); break;
            case 21: Scalars(Op("Size", [a])); break;
            case 22: Scalars(Op("ReduceProd", [Small(v), Ints(0)], ("keepdims", 0L))); break;
            case 23: Scalars(Op(Of("ReduceSum", "ReduceMin"), [Two(v, Ints(code % 5)), Ints(0)], ("keepdims", 0L))); break;
            case 24: Scalars(Op(Of("Add", "Sub", "Mul", "Min", "Max"), [s, t])); break;
            case 25: Scalars(Op(Of("Div", "Mod"), [s, Scalar(1 + code % 4)])); break;
            case 26: Scalars(Op(Of("Neg", "Abs", "Sign"), [s])); break;
            case 27:
                Value?[] limits = (code % 3) switch { 0 => [Scalar(1), Scalar(4)], 1 => [Scalar(0)], _ => [null, Scalar(3)] };
                Scalars(Op("Clip", [s, .. limits]));
                break;
            case 28: Scalars(Op("Where", [Op("Less", [s, t]), s, Scalar(code % 6)])); break;
            case 29: Scalars(Op("Cast", [Op("Cast", [s], ("to", (long)ElementType.Int32))], ("to", (long)ElementType.Int64))); break;
            case 30: Vector(Op(Of("Add", "Sub", "Mul", "Max"), [v, Row(s)])); break;
            case 31: Scalars(Op("Gather", [Op("Shape", [a]), Scalar(0)])); break;
            case 32: Float(Op("Reshape", [a, code % 2 == 0 ? Ints(-1, 1) : Two(Op("Shape", [a]), Ints(1))])); break;
            case 33: Float(Op("Pad", [Flat(a), Op("Concat", [Row(Small(s)), Row(Small(t))], ("axis", 0L))])); break;
            case 34:
                Value onOff = _builder.Constant($"{name}_on", TensorData.Floats([0f, 1f], 2));
                Float(Op("OneHot", [v, Row(Op("Max", [Small(s), Scalar(1)])), onOff]));
                break;
            case 35: Float(Op("Relu", [a])); break;
            case 36: Float(Repeat(name, Flat(a), Small(s), grows: code % 2 == 0)); break;
            case 37: Float(Either(name, Op("Less", [s, t]), Flat(a), Flat(b))); break;
            case 38: Float(Op("MatMul", [Op("Unsqueeze", [Cut(Flat(a), 6), Ints(1)]), Op("Unsqueeze", [Cut(Flat(b), 6), Ints(0)])])); break;
            default: Scalars(Op("Squeeze", [Op("Gather", [Op("Concat", [v, Ints(7)], ("axis", 0L)), Ints(0)]), Ints(0)])); break;
        }

        Value Pick(List<Value> pool)
        {
            Value picked = pool[code % pool.Count];
            code = code / pool.Count + code % pool.Count;
            return picked;
        }

        string Of(params string[] names) => names[code % names.Length];
        void Float(Value value) => Keep(_floats, value, value.Shape?.Rank is > 0 and < 4);
        void Vector(Value value) => Keep(_vectors, value, value.Shape?.Rank == 1);
        void Scalars(Value value) => Keep(_scalars, value, value.Shape?.Rank == 0);
    }

    private static void Keep(List<Value> pool, Value value, bool fits)
    {
        if (fits) pool.Add(value);
    }

    private Value Op(string op, Value?[] inputs, params (string, AttributeValue)[] attributes) =>
        _builder.Add(op, inputs, [$"{op}_{_constants++}"], AttributeMap.Of(attributes)).Outputs[0]!;

    private Value Ints(params long[] numbers) => _builder.Constant($"i{_constants++}", TensorData.Int64s(numbers));

    private Value Scalar(long number) => _builder.Constant($"c{_constants++}", TensorData.Of<long>(ElementType.Int64, [number]));

    private Value Flat(Value a) => a.Shape?.Rank == 1 ? a : Op("Reshape", [a, Ints(-1)]);

    private Value Row(Value scalar) => Op("Unsqueeze", [scalar, Ints(0)]);

    private Value Rank(Value a) => Op("Shape", [Op("Shape", [a])]);

    private Value Two(Value a, Value b) => Op("Concat", [a, b], ("axis", 0L));

    /// <summary>A number of 0 to 4, so that results stay small.</summary>
    private Value Small(Value a) => _constants % 3 == 0 ? Op("Clip", [a, Scalar(0), Scalar(4)])
        : _constants % 3 == 1 ? Op("Mod", [a, Scalar(5)]) : Op("Min", [Op("Max", [a, Scalar(0)]), Scalar(4)]);

    /// <summary>At most that many elements.</summary>
    private Value Cut(Value vector, long most) => Op("Slice", [vector, Ints(0), Ints(most)]);

    /// <summary>A loop that grows its state by one element in each iteration, or cuts one off.</summary>
    private Value Repeat(string name, Value state, Value trips, bool grows)
    {
        GraphBuilder body = new(_builder.Rules, _builder.Scope);
        body.Input(name + "_i", IrType.Tensor(ElementType.Int64, Shape.Scalar));
        Value go = body.Input(name + "_go", IrType.Tensor(ElementType.Bool, Shape.Scalar));
        Value x = body.Input(name + "_x", IrType.Tensor(ElementType.Float32, Shape.OfRank(1)));
        Value next = grows ? body.Add("Concat", [x, _unit], [name + "_next"], AttributeMap.Of(("axis", 0L))).Outputs[0]!
            : body.Add("Slice", [x, _one, Ints(100)], [name + "_next"], null).Outputs[0]!;
        Value on = body.Add("Identity", [go], [name + "_on"], null).Outputs[0]!;
        return Op("Loop", [trips, _builder.Constant(name + "_begin", TensorData.Of<bool>(ElementType.Bool, [true])), state],
            ("body", new GraphAttribute(body.Build(on, next))));
    }

    private Value Either(string name, Value condition, Value then, Value otherwise)
    {
        Graph Branch(string suffix, Value value)
        {
            GraphBuilder body = new(_builder.Rules, _builder.Scope);
            return body.Build(body.Add("Relu", [value], [name + suffix], null).Outputs[0]!);
        }
        return Op("If", [condition], ("then_branch", new GraphAttribute(Branch("_then", then))),
            ("else_branch", new GraphAttribute(Branch("_else", otherwise))));
    }
}
