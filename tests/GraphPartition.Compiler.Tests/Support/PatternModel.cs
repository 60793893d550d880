using System.Collections.Immutable;
using FsCheck;
using FsCheck.Fluent;
using GraphPartition.Foundation;
using GraphPartition.Ir.Graphs;
using GraphPartition.Ir.Tensors;
using GraphPartition.Ir.Types;
using GraphPartition.Operators;

namespace GraphPartition.Compiler.Tests.Support;

/// <summary>
/// Executable graphs of what exporters write and passes look for, out of lists of integers, one for each pattern. Every pattern
/// takes a float tensor of [2,3,4] that is there and gives another; one in four is a plain operator.
/// </summary>
internal sealed class PatternModel
{
    private static readonly Action<PatternModel>[] Patterns =
    [
        m => m.Give(m.Op("Dropout", m.Op("Identity", m._x))),
        m => m.Give(m.Op("Add", m.Op("Mul", m._x, m.Floats(1, [1])), m.Floats(0, []))),
        m => m.Give(m.Op("Transpose", m.Op("Transpose", m._x, ("perm", new long[] { 2, 0, 1 })), ("perm", new long[] { 1, 2, 0 }))),
        m => m.Give(m.Op(
            "Reshape", m.Op("Transpose", m.Op("Reshape", m.Op("Reshape", m._x, m.Ints(2, 1, 3, 4)), m.Ints(2, 3, 4)),
                ("perm", new long[] { 0, 2, 1 })), m.Ints(2, 1, 4, 3))
            is var t ? m.Op("Reshape", m.Op("Transpose", t, ("perm", new long[] { 0, 1, 3, 2 })), m.Ints(2, 3, 4)) : t),
        m => m.Give(m.Op("Reshape", m.Op("Reshape", m.Op("Flatten", m._x), m.Ints(4, -1, 2)), m.Ints(2, 3, 4))),
        m => m.Give(m.Op("Squeeze", m.Op("Unsqueeze", m.Op("Unsqueeze", m._x, m.Ints(0)), m.Ints(4)), m.Ints(0, 4))),
        m => m.Give(m.Cast(m.Cast(m._x, ElementType.Float64), ElementType.Float32)),
        m => m.Give(m.Cast(m.Op("Floor", m.Op("Max", m.Cast(m._x, ElementType.Float64), m.Doubles(m.Number))), ElementType.Float32)),
        m => m.Give(m.Op("Add", m._x, m.Op("Sqrt", m.Op("Abs", m.Floats(m.Number, [3, 4]))))),
        m => m.Give(m.Op("Mul", m._x, m.Op("Tile", m.Floats(m.Number, [4]), m.Ints(3)) is var t ? m.Op("Slice", t, m.Ints(0), m.Ints(4))
            : t)),
        m => m.Give(m.Op("Reshape", m._x, m.Op("Concat", ("axis", 0L), m.Op("Gather", m.Op("Shape", m._x), m.Ints(0)), m.Ints(-1, 4)))),
        m => m.BatchNorm(m.Convolution(m._x)),
        m => m.Give(m.Op("Mul", m.Op("Add", m.Convolution(m._x), m.Floats(m.Number, [3, 1])), m.Floats(m.Number, [3, 1]))),
        m => m.BatchNorm(m._x),
        m => m.Siblings(),
        m => m.Give(m.Op("Sub", m.Op("Tanh", m._x), m.Op("Tanh", m._x))),
        m => m.If(),
        m => m.Loop(),
        m => m.Indices(),
        m => m.Give(m.Op("Tanh", m._x)),
        m => m.Give(m.Op("Concat", ("axis", 2L), m.Op("Pad", m._x, m.Ints(0, 0, 0, 0, 0, 0)))),
        m => m.SiblingConvolutions(),
        m => m.Give(m.Op("ConcatFromSequence", m.Op("SplitToSequence", m._x, ("axis", 1L)), ("axis", 1L))),
        m => m.SqueezeIf(),
    ];

    private static readonly ImmutableSortedDictionary<string, int> Opsets =
        OpsetVersions.Standard(18);

    private readonly GraphBuilder _builder = new(OperatorTable.Default) { Name = "patterns" };
    private readonly List<Value> _values = [];
    private int _names;
    private int _code;
    private Value _x = null!;

    /// <summary>The number of patterns.</summary>
    public static int Count => Patterns.Length;

    /// <summary>A number of the code that is not too round.</summary>
    private float Number => 0.25f + _code % 97 / 61f;

    /// <summary>The model of a list of codes.</summary>
    public static Model FromCodes(IReadOnlyList<int> codes) => new PatternModel().Build(codes);

    /// <summary>Lists of up to <paramref name="patterns"/> codes, which shrink.</summary>
    public static Arbitrary<int[]> Codes(int patterns)
    {
        Gen<int[]> lists = Gen.Choose(0, patterns).SelectMany(count => Gen.ArrayOf(Gen.Choose(0, int.MaxValue - 1), count));
        Func<int[], IEnumerable<int[]>> shrink = ArbMap.Default.ArbFor<int[]>().Shrinker;
        return Arb.From(lists, codes => shrink(codes).Where(smaller => smaller.All(code => code >= 0)));
    }

    private Model Build(IReadOnlyList<int> codes)
    {
        _values.Add(_builder.Input("x", IrType.Tensor(ElementType.Float32, Shape.Of(2, 3, 4))));
        var used = new HashSet<Value>();
        foreach (int code in codes)
        {
            _code = code / Patterns.Length;
            _x = _values[^(1 + _code % Math.Min(_values.Count, 3))];
            used.Add(_x);
            Patterns[code % Patterns.Length](this);
        }
        Value[] outputs = [.. _values.Skip(1).Where(v => !used.Contains(v))];
        return new(_builder.Build(outputs.Length == 0 ? [_values[0]] : outputs)) { Opsets = Opsets, FormatVersion = 8 };
    }

    private void Give(Value value) => _values.Add(value);

    private string Name() => $"v{_names++}";

    private Value Op(string op, params Value[] inputs) => _builder.Op(op, Name(), inputs);

    private Value Op(string op, Value input, (string, AttributeValue) attribute) =>
        _builder.Op(op, Name(), [input], AttributeMap.Of(attribute));

    private Value Op(string op, (string, AttributeValue) attribute, params Value[] inputs) =>
        _builder.Op(op, Name(), inputs, AttributeMap.Of(attribute));

    private Value Cast(Value x, ElementType to) => Op("Cast", x, ("to", (long)to));

    private Value Ints(params long[] numbers) => _builder.Constant(Name(), TensorData.Int64s(numbers));

    private Value Doubles(double number) => _builder.Constant(Name(), TensorData.Of<double>(ElementType.Float64, [number]));

    private Value Floats(float least, long[] dims) => _builder.Constant(Name(), TensorData.Floats(
        [.. Enumerable.Range(0, (int)TensorData.CountOf([.. dims])).Select(i => least + i * 3 % 7 * 0.125f)], dims));

    private Value Convolution(Value x) => Op("Conv", x, Floats(-Number / 4, [3, 3, 1]));

    private void BatchNorm(Value x) =>
        Give(Op("BatchNormalization", x, Floats(Number, [3]), Floats(-Number, [3]), Floats(0.125f, [3]), Floats(0.5f, [3])));

    private void Siblings()
    {
        Value[] results = [.. Enumerable.Range(0, 3)
            .Select(i => Op("Tanh", Op("Add", Op("MatMul", _x, Floats(i - 1.5f, [4, 4])), Floats(Number, [4]))))];
        Give(Op("Add", Op("Add", results[0], results[1]), results[2]));
    }

    private void SiblingConvolutions()
    {
        Value x = _x;
        Give(Op("Add", Op("Add", Convolution(x), Convolution(x)), Convolution(x)));
    }

    private void SqueezeIf()
    {
        Value x = Op("Unsqueeze", _x, Ints(3)), axis = Ints(3), size = Op("Gather", Op("Shape", x), axis);
        var then = new GraphBuilder(_builder.Rules, _builder.Scope) { Name = "then" };
        var other = new GraphBuilder(_builder.Rules, _builder.Scope) { Name = "else" };
        Graph squeeze = then.Build(then.Op("Squeeze", Name(), [x, axis])), same = other.Build(other.Op("Identity", Name(), [x]));
        Give(Convolution(_builder.Op("If", Name(), [Op("Equal", size, Ints(1))],
            AttributeMap.Of(("then_branch", squeeze), ("else_branch", same)))));
    }

    private void If()
    {
        Value captured = Captured();
        Graph Branch(string op)
        {
            var body = new GraphBuilder(_builder.Rules, _builder.Scope) { Name = op };
            return body.Build(body.Op(op, Name(), [captured]));
        }
        Value condition = _builder.Constant(Name(), TensorData.Of<bool>(ElementType.Bool, [_code % 2 == 0]));
        Give(_builder.Op("If", Name(), [condition], AttributeMap.Of(("then_branch", Branch("Relu")), ("else_branch", Branch("Neg")))));
    }

    /// <summary>What a body uses of the graph around it: never a Cast, which ONNX Runtime 1.29 removes without looking into
    /// bodies.</summary>
    private Value Captured() => Op("Neg", _x);

    private void Loop()
    {
        var body = new GraphBuilder(_builder.Rules, _builder.Scope) { Name = "body" };
        body.Input(Name(), IrType.Tensor(ElementType.Int64, Shape.Scalar));
        Value go = body.Input(Name(), IrType.Tensor(ElementType.Bool, Shape.Scalar)), v = body.Input(Name(), _x.Type);
        Value w = body.Op("Tanh", Name(), [body.Op("Add", Name(), [v, Captured()])]);
        Value trips = _builder.Constant(Name(), TensorData.Of<long>(ElementType.Int64, [_code % 4]));
        Give(_builder.Add("Loop", [trips, null, _x], [new(Name(), _x.Type)],
            AttributeMap.Of(("body", body.Build(body.Op("Identity", Name(), [go]), w)))).Outputs[0]!);
    }

    /// <summary>Integers that are computed: where the largest number of each row is, and its neighbor.</summary>
    private void Indices()
    {
        Value at = Op("ArgMax", _x, ("axis", 2L));
        Value next = Op("Mod", Op("Add", at, Ints(1)), Ints(4));
        Value picked = Op("GatherElements", ("axis", 2L), _x, next);
        Give(Op("Add", Op("Add", _x, picked), Cast(at, ElementType.Float32)));
    }
}
