using FsCheck;
using FsCheck.Fluent;
using GraphPartition.Compiler.Passes;
using GraphPartition.Compiler.Passes.Elimination;
using GraphPartition.Compiler.Passes.Narrowing;
using GraphPartition.Compiler.Tests.Support;
using GraphPartition.Foundation;
using GraphPartition.Ir.Graphs;
using GraphPartition.Ir.Tensors;
using GraphPartition.Ir.Types;
using GraphPartition.Onnx.Reading;
using GraphPartition.Onnx.Writing;
using GraphPartition.Operators;
using GraphPartition.Operators.TensorRt;
using GraphPartition.Runtime.Comparison;
using Xunit;

namespace GraphPartition.Compiler.Tests.Property;

/// <summary>
/// What is narrowed without leave gives the very numbers of the wide type, on inputs that reach to the ends of their types: an
/// interval that is too small would show as a wrapped integer or a rounded digit.
/// </summary>
public sealed class NarrowingProperties
{
    private static readonly TensorRtTarget Old = new(new(8, 6));

    private static readonly Dictionary<string, DataValue> Inputs = new()
    {
        ["i"] = TensorData.Of<int>(ElementType.Int32, [int.MinValue, -1, 7, int.MaxValue], 4),
        ["b"] = TensorData.Of<sbyte>(ElementType.Int8, [-128, -3, 0, 127], 4),
        ["f"] = TensorData.Floats([-3.5f, 0.1f, 16777217f, 1e30f], 4),
    };

    [Fact]
    public void Proofs_are_valid() => Prop.ForAll(PatternModel.Codes(14), codes => Keeps(FromCodes(codes)))
        .Check(Config.QuickThrowOnFailure.WithMaxTest(60));

    [Fact]
    public void Narrowing_applies_to_some_nodes_only()
    {
        PassRun run = Narrowed(FromCodes([.. Enumerable.Range(0, 100).Select(i => i * 7919)]));
        Assert.Contains(run.Graph.Nodes, n => n.Op.Type is "Add" or "Mul" && n.Output(0)!.ElementType == ElementType.Int32);
        Assert.Contains(run.Graph.Nodes, n => n.Op.Type is "Add" or "Mul" && n.Output(0)!.ElementType == ElementType.Int64);
        Assert.Contains(run.Graph.Nodes, n => n.Op.Is("Floor") && n.Output(0)!.ElementType == ElementType.Float32);
        Assert.Contains(run.Graph.Nodes, n => n.Output(0)!.ElementType == ElementType.Float64 && !n.Op.Is("Cast"));
    }

    private static PassRun Narrowed(Model model) =>
        PassRun.Of(model, new Pipeline("one", new NarrowTypes(), new EliminateDeadNodes()), target: Old);

    private static bool Keeps(Model model)
    {
        DataValue[] expected = TestRun.RunPlain(OnnxWriter.ToBytes(model), Inputs, optimize: false);
        DataValue[] actual = TestRun.RunPlain(OnnxWriter.ToBytes(Narrowed(model).Model), Inputs, optimize: false);
        return expected.Zip(actual).All(pair => ValueDifference.Between(pair.First, pair.Second, new(0, 0)).Fault is null);
    }

    /// <summary>Arithmetic on two pools of values, 64-bit integers and doubles, that begin as narrower inputs.</summary>
    private static Model FromCodes(int[] codes)
    {
        var builder = new GraphBuilder(OperatorTable.Default) { Name = "numbers" };
        Value Input(string name, ElementType type, ElementType to) => builder.Op("Cast", name + "_wide",
            [builder.Input(name, IrType.Tensor(type, Shape.Of(4)))], AttributeMap.Of(("to", (long)to)));
        List<Value> integers = [Input("i", ElementType.Int32, ElementType.Int64), Input("b", ElementType.Int8, ElementType.Int64)];
        List<Value> doubles = [Input("f", ElementType.Float32, ElementType.Float64)];
        Value two = builder.Constant("two", TensorData.Int64s(2)),
            half = builder.Constant("half", TensorData.Of<double>(ElementType.Float64, [0.5], 1));
        Value tenth = builder.Constant("tenth", TensorData.Of<double>(ElementType.Float64, [0.1], 1));
        Value low = builder.Constant("low", TensorData.Of<long>(ElementType.Int64, [-5])),
            high = builder.Constant("high", TensorData.Of<long>(ElementType.Int64, [9]));
        Value axis = builder.Constant("axis", TensorData.Int64s(0));
        for (int n = 0; n < codes.Length; n++)
        {
            int code = codes[n];
            Value a = integers[code / 32 % integers.Count], b = integers[code / 320 % integers.Count],
                x = doubles[code / 32 % doubles.Count], y = doubles[code / 320 % doubles.Count];
            Value Op(string op, params Value[] inputs) => builder.Op(op, $"v{n}", inputs);
            Value Cast(Value v, ElementType to) => builder.Op("Cast", $"v{n}", [v], AttributeMap.Of(("to", (long)to)));
            switch (code % 22)
            {
                case 0: integers.Add(Op("Add", a, b)); break;
                case 1: integers.Add(Op("Sub", a, b)); break;
                case 2: integers.Add(Op("Mul", a, b)); break;
                case 3: integers.Add(Op("Div", a, two)); break;
                case 4: integers.Add(Op("Mod", a, two)); break;
                case 5: integers.Add(Op("Neg", a)); break;
                case 6: integers.Add(Op("Abs", a)); break;
                case 7: integers.Add(Op("Min", a, b)); break;
                case 8: integers.Add(Op("Max", a, b)); break;
                // small ones: of some large ones ONNX Runtime compares the lower 32 bits (OrtQuirkTests)
                case 9: integers.Add(Op("Clip", integers[1], low, high)); break;
                case 10: integers.Add(builder.Op("ReduceSum", $"v{n}", [a, axis])); break;
                case 11:
                    integers.Add(
                    builder.Op("CumSum", $"v{n}", [a, builder.Constant($"c{n}", TensorData.Of<long>(ElementType.Int64, [0]))])); break;
                case 12: doubles.Add(Cast(a, ElementType.Float64)); break;
                case 13: doubles.Add(Op("Floor", x)); break;
                case 14: doubles.Add(Op("Neg", x)); break;
                case 15: doubles.Add(Op("Max", x, y)); break;
                case 16: doubles.Add(Op("Min", x, half)); break;
                case 17: doubles.Add(Op("Add", x, y)); break;
                case 18: doubles.Add(Op("Mul", x, tenth)); break;
                case 19: doubles.Add(Op("Abs", x)); break;
                case 20: integers.Add(Cast(builder.Op("Less", $"l{n}", [x, y]), ElementType.Int64)); break;
                default: integers.Add(builder.Op("Where", $"v{n}", [builder.Op("Equal", $"e{n}", [a, b]), a, b])); break;
            }
        }
        return new(builder.Build([.. integers.Skip(2), .. doubles.Skip(1), integers[0], integers[1], doubles[0]]))
        {
            Opsets = OpsetVersions.Standard(18),
            FormatVersion = 8,
        };
    }
}
