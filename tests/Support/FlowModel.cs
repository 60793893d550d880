using System.Collections.Immutable;
using FsCheck;
using FsCheck.Fluent;
using GraphPartition.Foundation;
using GraphPartition.Ir.Graphs;
using GraphPartition.Ir.Tensors;
using GraphPartition.Ir.Types;
using GraphPartition.Operators;

namespace GraphPartition.TestSupport;

/// <summary>
/// Executable graphs with If, Loop and Scan in any depth out of lists of integers, so that FsCheck shrinks them. The values to pick
/// from are float tensors of [2,3]. A code determines a node and its inputs; a node with bodies takes the codes behind it for them.
/// </summary>
public sealed class FlowModel
{
    private const int MostDepth = 3;

    private static readonly string[] Unary = ["Relu", "Neg", "Abs", "Tanh", "Sigmoid"];
    private static readonly string[] Binary = ["Add", "Sub", "Max", "Min"];
    private static readonly IrType Plain = IrType.Tensor(ElementType.Float32, Shape.Of(2, 3));

    private readonly int[] _codes;
    private readonly List<Value> _results = [];
    private int _at, _names;

    private FlowModel(int[] codes) => _codes = codes;

    /// <summary>Lists of codes; flow is more likely than in a list of any numbers.</summary>
    public static Arbitrary<int[]> Codes => RandomModel.Codes(24);

    /// <summary>The model of a list of codes, with inputs x and y.</summary>
    public static Model Of(int[] codes)
    {
        var builder = new GraphBuilder(OperatorTable.Default) { Name = "flow" };
        var values = new List<Value> { builder.Input("x", Plain), builder.Input("y", Plain) };
        var made = new FlowModel(codes);
        while (made._at < codes.Length) made.Add(builder, values, 0);
        Value[] results = [.. made._results, values[^1], values[^Math.Min(values.Count, 3)]];
        ImmutableSortedDictionary<string, int> opsets = ImmutableSortedDictionary.Create<string, int>(StringComparer.Ordinal).Add("", 18);
        return new Model(builder.Build([.. results.Distinct()])) { Opsets = opsets, FormatVersion = 8 };
    }

    private void Add(GraphBuilder builder, List<Value> values, int depth)
    {
        var digits = new Digits(_codes[_at++]);
        int kind = digits.Next(depth < MostDepth ? 20 : 10);
        switch (kind)
        {
            case < 5:
                values.Add(builder.Op(Unary[kind], Name(), [digits.Pick(values)]));
                break;
            case < 9:
                values.Add(builder.Op(Binary[kind - 5], Name(), [digits.Pick(values), digits.Pick(values)]));
                break;
            case 9:
                values.Add(builder.Op("Mul", Name(), [digits.Pick(values), Floats(builder, digits.Next(7) / 4f - 0.75f)]));
                break;
            case < 13:
                AddIf(builder, values, digits, depth);
                break;
            case < 17:
                AddLoop(builder, values, digits, depth);
                break;
            default:
                AddScan(builder, values, digits, depth);
                break;
        }
    }

    private void AddIf(GraphBuilder builder, List<Value> values, Digits digits, int depth)
    {
        Value condition = IsPositive(builder, digits.Pick(values));
        Graph[] branches = [Branch(), Branch()];
        Node node = builder.Add("If", [condition], [Name(), Name()],
            AttributeMap.Of(("then_branch", branches[0]), ("else_branch", branches[1])), Name());
        values.AddRange(node.Outputs.Select(v => v!));

        Graph Branch()
        {
            (GraphBuilder body, List<Value> inside) = Body(builder, values, digits, depth);
            return body.Build(digits.Pick(inside), inside[^1]);
        }
    }

    /// <summary>
    /// A Loop with any of the forms of trip count and condition, carried values that are swapped, handed on or made, one that
    /// grows, and stacks.
    /// </summary>
    private void AddLoop(GraphBuilder builder, List<Value> values, Digits digits, int depth)
    {
        int carried = digits.Next(4), stacked = digits.Next(3), trips = digits.Next(4), goesOn = digits.Next(5);
        bool grows = digits.Next(3) == 0, isSequence = digits.Next(4) == 0;
        if (carried == 0 && !grows && !isSequence) stacked = Math.Max(1, stacked);
        Value? most = trips switch
        {
            0 when goesOn == 4 => null, // the condition ends it
            1 => builder.Op("Cast", Name(), [builder.Op("ReduceSum", Name(), [IsPositiveNumber(builder, digits.Pick(values))],
                AttributeMap.Of(("keepdims", 0L)))], AttributeMap.Of(("to", (long)ElementType.Int64))),
            _ => builder.Constant(Name(), TensorData.Scalar(ElementType.Int64, (long)digits.Next(5))),
        };
        Value? begins = digits.Next(4) switch
        {
            0 => null,
            1 => IsPositive(builder, digits.Pick(values)),
            _ => builder.Constant(Name(), TensorData.Scalar(ElementType.Bool, true)),
        };
        List<Value?> inputs = [most, begins];
        for (int k = 0; k < carried; k++) inputs.Add(digits.Next(4) == 0 ? Floats(builder, 0.5f) : digits.Pick(values));
        if (grows) inputs.Add(digits.Pick(values));
        if (isSequence) inputs.Add(builder.Op("SequenceConstruct", Name(), [digits.Pick(values)]));

        var body = new GraphBuilder(builder.Rules, builder.Scope) { Name = Name() };
        Value number = body.Input(Name(), IrType.Tensor(ElementType.Int64, Shape.Scalar)),
            condition = body.Input(Name(), IrType.Tensor(ElementType.Bool, Shape.Scalar));
        var inside = new List<Value>(values);
        for (int k = 0; k < carried; k++) inside.Add(body.Input(Name(), Plain));
        Value? longer = grows ? body.Input(Name(), IrType.Tensor(ElementType.Float32, new Shape(default, 3))) : null;
        Value? sequence = isSequence ? body.Input(Name(), new SequenceType(Plain)) : null;
        Fill(body, inside, digits, depth);
        Value next = goesOn switch
        {
            0 => condition,
            1 => body.Op("Identity", Name(), [condition]),
            2 => body.Constant(Name(), TensorData.Scalar(ElementType.Bool, true)),
            3 => IsPositive(body, digits.Pick(inside)),
            _ => body.Op("Less", Name(), [number, body.Constant(Name(), TensorData.Scalar(ElementType.Int64, (long)digits.Next(4)))]),
        };
        List<Value> outputs = [next];
        for (int k = 0; k < carried; k++) outputs.Add(digits.Pick(inside));
        if (longer is not null) outputs.Add(body.Op("Concat", Name(), [longer, digits.Pick(inside)], AttributeMap.Of(("axis", 0L))));
        if (sequence is not null) outputs.Add(digits.Next(2) == 0 ? sequence
            : body.Op("SequenceInsert", Name(), [sequence, digits.Pick(inside)]));
        for (int j = 0; j < stacked; j++)
            outputs.Add(j == 1 ? body.Op("Add", Name(), [digits.Pick(inside),
                body.Op("Cast", Name(), [number], AttributeMap.Of(("to", (long)ElementType.Float32)))]) : digits.Pick(inside));

        Node node = builder.Add("Loop", [.. inputs], [.. Enumerable.Range(0, inputs.Count - 2 + stacked).Select(_ => (OutputSpec)Name())],
            AttributeMap.Of(("body", body.Build([.. outputs]))), Name());
        values.AddRange(node.Outputs.Take(carried).Select(v => v!));
        if (grows) values.Add(Reduced(builder, node.Outputs[carried]!));
        if (depth == 0) _results.AddRange(node.Outputs.Skip(carried).Select(v => v!));
    }

    /// <summary>A Scan over one or two inputs, along either axis, both ways, with states and stacks along any axis.</summary>
    private void AddScan(GraphBuilder builder, List<Value> values, Digits digits, int depth)
    {
        int states = digits.Next(3), scanned = 1 + digits.Next(2), stacked = digits.Next(3);
        if (states == 0) stacked = Math.Max(1, stacked);
        long axis = digits.Next(4) - 2; // of all scanned inputs: their lengths must be equal
        bool isRow = axis is 0 or -2;
        var body = new GraphBuilder(builder.Rules, builder.Scope) { Name = Name() };
        var inside = new List<Value>(values);
        List<Value?> inputs = [.. Enumerable.Range(0, states + scanned).Select(_ => digits.Pick(values))];
        for (int k = 0; k < states; k++) inside.Add(body.Input(Name(), Plain));
        Value last = null!;
        for (int i = 0; i < scanned; i++)
        {
            last = body.Input(Name(), IrType.Tensor(ElementType.Float32, Shape.Of(isRow ? 3 : 2)));
            Value column = isRow ? last : body.Op("Unsqueeze", Name(), [last, body.Constant(Name(), TensorData.Int64s(1))]);
            inside.Add(body.Op("Add", Name(), [digits.Pick(inside), column]));
        }
        Fill(body, inside, digits, depth);
        // ONNX Runtime (1.29, 1.31.1) leaves outputs of a Scan unwritten that the body only passes on: the whole model would be no
        // reference.
        List<Value> outputs = [.. Enumerable.Range(0, states).Select(_ => body.Op("Identity", Name(), [digits.Pick(inside)]))];
        for (int j = 0; j < stacked; j++) outputs.Add(body.Op("Neg", Name(), [j == 0 ? last : digits.Pick(inside)]));
        AttributeMap attributes = AttributeMap.Of(
            ("body", body.Build([.. outputs])), ("num_scan_inputs", (long)scanned),
            ("scan_input_axes", new IntsAttribute([.. Enumerable.Repeat(axis, scanned)])),
            ("scan_input_directions", new IntsAttribute([.. Enumerable.Range(0, scanned).Select(_ => (long)digits.Next(2))])));
        if (stacked > 0)
            attributes = attributes.With("scan_output_axes", new IntsAttribute([.. Enumerable.Range(0, stacked)
                .Select(_ => (long)digits.Next(3) - 1)]))
                .With("scan_output_directions", new IntsAttribute([.. Enumerable.Range(0, stacked).Select(_ => (long)digits.Next(2))]));
        Node node = builder.Add("Scan", [.. inputs], [.. Enumerable.Range(0, states + stacked)
            .Select(_ => (OutputSpec)Name())], attributes, Name());
        values.AddRange(node.Outputs.Take(states).Select(v => v!));
        if (depth == 0) _results.AddRange(node.Outputs.Skip(states).Select(v => v!));
    }

    private (GraphBuilder Body, List<Value> Inside) Body(GraphBuilder builder, List<Value> values, Digits digits, int depth)
    {
        var body = new GraphBuilder(builder.Rules, builder.Scope) { Name = Name() };
        var inside = new List<Value>(values);
        Fill(body, inside, digits, depth);
        return (body, inside);
    }

    private void Fill(GraphBuilder body, List<Value> inside, Digits digits, int depth)
    {
        for (int left = digits.Next(5); left > 0 && _at < _codes.Length; left--) Add(body, inside, depth + 1);
    }

    private Value IsPositive(GraphBuilder builder, Value value) => builder.Op("Greater", Name(),
        [builder.Op("ReduceSum", Name(), [value], AttributeMap.Of(("keepdims", 0L))),
            builder.Constant(Name(), TensorData.Scalar(ElementType.Float32, 0f))]);

    /// <summary>Ones where a value is positive, of its first row.</summary>
    private Value IsPositiveNumber(GraphBuilder builder, Value value) => builder.Op("Cast", Name(),
        [builder.Op("Greater", Name(), [value, builder.Constant(Name(), TensorData.Scalar(ElementType.Float32, 0.3f))])],
            AttributeMap.Of(("to", (long)ElementType.Float32)));

    private Value Reduced(GraphBuilder builder, Value value) => builder.Op("Add", Name(),
        [Floats(builder, 0), builder.Op("ReduceSum", Name(), [value, builder.Constant(Name(), TensorData.Int64s(0))],
            AttributeMap.Of(("keepdims", 0L)))]);

    private Value Floats(GraphBuilder builder, float number) =>
        builder.Constant(Name(), TensorData.Floats([.. Enumerable.Range(0, 6).Select(i => number + i / 8f)], 2, 3));

    private string Name() => $"v{_names++}";

    /// <summary>The digits of a code, each of another base; zeros when it is used up.</summary>
    private sealed class Digits(int code)
    {
        private uint _rest = (uint)code;

        public int Next(int count)
        {
            int digit = (int)(_rest % (uint)count);
            _rest /= (uint)count;
            if (_rest == 0) _rest = (uint)code * 2654435761 >> 8; // a code that is used up goes on, so that small codes say something too
            return digit;
        }

        public Value Pick(List<Value> values) => values[^(1 + Next(Math.Min(values.Count, 6)))];
    }
}
