using FsCheck;
using FsCheck.Fluent;
using GraphPartition.Compiler.Tests.Support;
using GraphPartition.Foundation;
using GraphPartition.Ir.Graphs;
using GraphPartition.Ir.Tensors;
using GraphPartition.Ir.Text;
using GraphPartition.Ir.Types;
using GraphPartition.Onnx.Reading;
using GraphPartition.Onnx.Writing;
using GraphPartition.Operators;
using GraphPartition.Operators.Analysis;
using GraphPartition.Operators.Bounds;
using GraphPartition.Operators.Inference;
using Xunit;
using Xunit.Abstractions;

namespace GraphPartition.Compiler.Tests.Property;

/// <summary>Whatever a run computes lies within the intervals: sizes, elements of shapes, and whole numbers.</summary>
public sealed class BoundsProperties(ITestOutputHelper output)
{
    private static readonly BoundsQuestion Sizes = BoundsQuestion.Sizes with { Given = SizeModel.Given };

    [Fact]
    public void Runs_stay_within_their_bounds()
    {
        int runs = 0, refused = 0, bounded = 0, open = 0;
        Prop.ForAll(RandomModel.Codes(14), codes =>
        {
            Model model = SizeModel.Of(codes).Model;
            if (model.Graph.Outputs.IsEmpty) return;
            var sizes = GraphBounds.Of(model.Graph, OperatorTable.Default, Sizes);
            var numbers = GraphBounds.Of(model.Graph, OperatorTable.Default, BoundsQuestion.Numbers);
            foreach (Value value in model.Graph.Outputs)
                if (sizes.IsBounded(value)) bounded++;
                else open++;
            byte[] file = OnnxWriter.ToBytes(model);
            for (int seed = 0; seed < 3; seed++)
            {
                DataValue[] results;
                try
                {
                    results = TestRun.RunPlain(file, SizeModel.Inputs(seed + (codes.Length > 0 ? codes[0] % 1000 : 0)), optimize: false);
                }
                catch (Microsoft.ML.OnnxRuntime.OnnxRuntimeException)
                {
                    refused++; // an index out of range, or an empty tensor that an operator does not take
                    continue;
                }
                runs++;
                foreach ((Value value, DataValue result) in model.Graph.Outputs.Zip(results))
                {
                    TensorData data = ((TensorValue)result).Data;
                    string? outside = Outside(value, data, sizes[value])
                        ?? Outside(value, data, new ValueBounds(null, null, numbers.NumbersOf(value)));
                    Assert.True(outside is null, $"{outside}\n{GraphPrinter.Print(model.Graph)}");
                }
            }
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(Grid.IsFull ? 10_000 : 300));
        output.WriteLine($"{runs} runs, {refused} refused by ONNX Runtime; {bounded} values are bounded, {open} are open");
        Assert.True(runs > 3 * refused, $"{runs} runs, {refused} refused");
        Assert.True(bounded > 3 * open, $"{bounded} bounded, {open} open");
    }

    /// <summary>The largest sizes of many runs are the bounds.</summary>
    [Theory]
    [InlineData("NonZero", 12)]
    [InlineData("TopK", 3)]
    [InlineData("NonMaxSuppression", 8)]
    [InlineData("Compress", 5)]
    [InlineData("Unique", 12)]
    [InlineData("Range", 4)]
    public void Bounds_are_reached(string op, long most)
    {
        Model model = OneOperator(op);
        Value result = model.Graph.Outputs[0];
        var bounds = GraphBounds.Of(model.Graph, OperatorTable.Default, BoundsQuestion.Sizes with
        {
            Given = v => v.Name is "k" ? new([], [new IntegerRange(0, 3)], NumberFact.In(new(0, 3))) : null,
        });
        int axis = op == "NonZero" ? 1 : 0;
        Assert.Equal(most, bounds[result].Sizes![axis]!.Value.Most);
        long largest = 0;
        for (int seed = 0; seed < 40; seed++)
        {
            TensorData data = ((TensorValue)TestRun.RunPlain(OnnxWriter.ToBytes(model), InputsOf(op, seed))[0]).Data;
            Assert.Null(Outside(result, data, bounds[result]));
            largest = Math.Max(largest, data.Dims[axis]);
        }
        Assert.Equal(most, largest);
    }

    private static Model OneOperator(string op)
    {
        var b = new GraphBuilder(OperatorTable.Default) { Name = op };
        Value Float(string name, params long[] dims) => b.Input(name, IrType.Tensor(ElementType.Float32, Shape.Of(dims)));
        Value k = b.Input("k", IrType.Tensor(ElementType.Int64, Shape.Scalar));
        Value Zero() => b.Constant("zero", TensorData.Int64s(0));
        Value Scalar(string name, long number) => b.Constant(name, TensorData.Of<long>(ElementType.Int64, [number]));
        Value result = op switch
        {
            "NonZero" or "Unique" => Add(op, Float("x", 3, 4)),
            "TopK" => Add(op, Add("Reshape", Float("x", 3, 4), b.Constant("flat", TensorData.Int64s(-1))), Add("Unsqueeze", k, Zero())),
            "NonMaxSuppression" => Add(op, Float("boxes", 1, 4, 4), Float("scores", 1, 2, 4), Scalar("limit", 5)),
            "Compress" => Add(op, Float("x", 3, 4), Add("Greater", Float("y", 5), b.Constant("half", TensorData.Floats([0.5f])))),
            _ => Add(op, Scalar("from", -1), k, Scalar("step", 1)),
        };
        if (op is not ("TopK" or "Range")) b.Add("Identity", [k], ["unused"], null);
        return new(b.Build(result)) { Opsets = OpsetVersions.Standard(18), FormatVersion = 8 };

        Value Add(string type, params Value[] inputs) =>
            b.Add(type, inputs, [type + "_y", .. type == "TopK" ? new OutputSpec[] { "places" } : []], AttributeMap.Empty).Outputs[0]!;
    }

    private static Dictionary<string, DataValue> InputsOf(string op, int seed)
    {
        var random = new Random(seed);
        float[] Some(int count) => [.. Enumerable.Range(0, count).Select(_ => seed % 2 == 0 ? 1f + random.NextSingle() : random.Next(2))];
        Dictionary<string, DataValue> inputs = new() { ["k"] = TensorData.Of<long>(ElementType.Int64, [random.Next(4)]) };
        if (op is "NonZero" or "Unique" or "TopK" or "Compress") inputs["x"] = TensorData.Floats(Some(12), 3, 4);
        if (op == "Compress") inputs["y"] = TensorData.Floats(Some(5), 5);
        if (op == "NonMaxSuppression")
        {
            // Boxes that do not touch: each is kept.
            float[] boxes = [.. Enumerable.Range(0, 16).Select(i => i / 4 * 10f + (i % 4 > 1 ? 1 + random.NextSingle() : 0))];
            inputs["boxes"] = TensorData.Floats(boxes, 1, 4, 4);
            inputs["scores"] = TensorData.Floats(Some(8), 1, 2, 4);
        }
        return inputs;
    }

    /// <summary>What of a value lies outside of its bounds; null if nothing does.</summary>
    private static string? Outside(Value value, TensorData data, ValueBounds bounds)
    {
        for (int i = 0; i < bounds.Sizes?.Count; i++)
            if (bounds.Sizes[i] is { } size && (data.Dims[i] < size.Least || data.Dims[i] > size.Most))
                return $"{value}: dimension {i} is {data.Dims[i]}, its bound {size}";
        if (data.Element is not (ElementType.Int64 or ElementType.Int32)) return null;
        long[] numbers = [.. data.Element == ElementType.Int64 ? data.As<long>().ToArray() : data.As<int>().ToArray().Select(n => (long)n)];
        if (bounds.Elements is { } elements && elements.Count != numbers.Length)
            return $"{value}: {numbers.Length} elements, expected {elements.Count}";
        for (int i = 0; i < numbers.Length; i++)
        {
            if (bounds.Elements?[i] is { } element && (numbers[i] < element.Least || numbers[i] > element.Most))
                return $"{value}: element {i} is {numbers[i]}, its bound {element}";
            if (bounds.Numbers.Range is { } range && (numbers[i] < range.Least || numbers[i] > range.Most))
                return $"{value}: a number is {numbers[i]}, their bound {range}";
        }
        return null;
    }
}
