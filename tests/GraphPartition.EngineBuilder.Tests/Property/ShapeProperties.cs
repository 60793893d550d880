using System.Collections.Immutable;
using FsCheck;
using FsCheck.Fluent;
using GraphPartition.CompiledModels;
using GraphPartition.Compiler;
using GraphPartition.Compiler.Import;
using GraphPartition.Compiler.Import.Opsets;
using GraphPartition.Compiler.Tagging;
using GraphPartition.EngineBuilder.Shapes;
using GraphPartition.EngineBuilder.Tests.Support;
using GraphPartition.Foundation;
using GraphPartition.Ir.Graphs;
using GraphPartition.Ir.Tensors;
using GraphPartition.Ir.Types;
using GraphPartition.Onnx.Reading;
using GraphPartition.Onnx.Writing;
using GraphPartition.Operators;
using GraphPartition.Operators.TensorRt;
using GraphPartition.Runtime;
using GraphPartition.Runtime.Diagnostics;
using GraphPartition.Runtime.MadeUp;
using GraphPartition.TensorRt.Build;
using Xunit;

namespace GraphPartition.EngineBuilder.Tests.Property;

/// <summary>Propagated profiles contain every shape that occurs: checked by running the model with sampled inputs.</summary>
public sealed class ShapeProperties
{
    [SharedFact]
    public void Profiles_inside_bert_contain_what_occurs()
    {
        Model model = ModelFile.Read(SharedModels.ModelOf("bert_small_ts"), OperatorTable.Default);
        Value[] dynamic = [.. model.Graph.Inputs.Where(v => v.Shape is { IsStatic: false })];
        Assert.NotEmpty(dynamic);
        string Shapes(int batch, int sequence) => string.Join(',', dynamic.Select(v =>
            $"{v.Name}:{string.Join('x', v.Shape!.Dims.Select((d, axis) => d.IsKnown ? d.Size : axis == 0 ? batch : sequence))}"));
        ModelShapes ranges = new()
        {
            Min = ShapeSpec.Parse(Shapes(1, 8)),
            Opt = ShapeSpec.Parse(Shapes(2, 16)),
            Max = ShapeSpec.Parse(Shapes(5, 40))
        };
        foreach (int seed in new[] { 1, 2 })
        {
            var policy = SupportPolicy.Parse($"random:{seed}:0.7", OperatorTable.Default, TensorRtTarget.Default);
            var compilation = new ModelCompiler(OperatorTable.Default, new CompileOptions { SupportPolicy = policy }).Plan(model);
            Value[] boundary = [.. compilation.Plan.Segments.Where(s => s.IsEngine).SelectMany(s => s.Inputs).Distinct()
                .Where(v => !model.Graph.Inputs.Contains(v) && v.Tensor is not null)];
            Assert.NotEmpty(boundary);
            Dictionary<string, long> sizes = [];
            (int, int)[] samples = [(1, 8), (5, 40), (3, 17), (2, 39), (4, 9)];
            foreach ((int batch, int sequence) in samples)
            {
                foreach (Value v in dynamic)
                    for (int axis = 0; axis < v.Shape!.Rank; axis++)
                        if (v.Shape[axis].Symbol is { } symbol) sizes[symbol] = axis == 0 ? batch : sequence;
                Assert.Null(FirstOutside(compilation.Model with { Graph = compilation.Plan.Graph }, ranges, boundary, sizes));
            }
        }
    }

    [Fact]
    public void Profiles_in_random_graphs_contain_what_occurs() => Prop.ForAll(Cases, one =>
    {
        Model model = DynamicGraph(one.Codes);
        Value[] inner = [.. model.Graph.Nodes.SelectMany(n => n.Outputs).OfType<Value>().Where(v => v.ElementType == ElementType.Float32)];
        return inner.Length == 0 || FirstOutside(model, Ranges, inner, new() { ["n"] = one.N, ["m"] = one.M }) is null;
    }).Check(Config.QuickThrowOnFailure.WithMaxTest(60));

    /// <summary>An engine that gets a shape outside of its profile refuses it with a warning.</summary>
    [MockFact]
    public void Profiles_in_bodies_of_random_loops_contain_what_occurs()
    {
        EngineLab lab = new();
        int profiles = 0;
        Prop.ForAll(Cases, one =>
        {
            Model model = DynamicLoop(one.Codes);
            CompiledModel compiled = lab.Compile(model, options: new EngineOptions { Shapes = Ranges }).Compiled;
            profiles += compiled.Cut.Bodies.SelectMany(b => b.Cut.AllGroups).Sum(g => g.Profiles.Length);
            using ModelSession session = ModelSession.Create(compiled, new() { Threads = 1, Engines = lab.Use() });
            foreach ((int n, int m) in new[] { (one.N, one.M), (1, 2), (40, 17) })
                EngineLab.AssertSame(model, session,
                    new TensorValue(TensorData.Floats([.. Enumerable.Range(0, n * m).Select(i => (i % 7 - 3) / 100f)], n, m)));
            Assert.DoesNotContain(lab.Warnings, w => w.Code == RuntimeCodes.OutsideProfile);
            lab.Warnings.Clear();
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(40));
        Assert.True(profiles > 40, $"{profiles} profiles");
        lab.AssertClean();
    }

    /// <summary>Codes for <see cref="DynamicGraph"/>, and sizes of x within <see cref="Ranges"/>.</summary>
    private static Arbitrary<(int[] Codes, int N, int M)> Cases => Arb.From(
        Gen.ArrayOf(Gen.Choose(0, 10_000)).SelectMany(
            codes => Gen.Choose(1, 40).SelectMany(n => Gen.Choose(2, 17).Select(m => (codes, n, m)))),
        one => Enumerable.Range(0, one.codes.Length).Select(skip => (one.codes.Where((_, i) => i != skip).ToArray(), one.n, one.m)));

    private static ModelShapes Ranges { get; } = new()
    {
        Min = ShapeSpec.Parse("x:1x2"),
        Opt = ShapeSpec.Parse("x:8x8"),
        Max = ShapeSpec.Parse("x:40x17")
    };

    [Fact]
    public void Integers_have_ranges_of_values_where_shape_inference_knows_their_elements()
    {
        var b = new GraphBuilder(OperatorTable.Default) { Name = "expand" };
        Value x = b.Input("x", IrType.Tensor(ElementType.Float32, new Shape("n", 3)));
        Value shape = b.Add("Shape", [x], ["shape"], null, "shape").Outputs[0]!;
        Value twice = b.Add("Mul", [shape, b.Constant("two", TensorData.Int64s(2, 1))], ["twice"], null, "twice").Outputs[0]!;
        Value wide = b.Add("Expand", [b.Constant("one", TensorData.Floats([1f], 1, 1)), twice], ["wide"], null, "expand").Outputs[0]!;
        Value next = b.Add("Add", [shape, b.Constant("more", TensorData.Int64s(1, 1))], ["next"], null, "add").Outputs[0]!;
        Graph graph = Graphs.Of(b, wide, next).Graph;
        ModelShapes ranges = new() { Min = ShapeSpec.Parse("x:1x3"), Opt = ShapeSpec.Parse("x:4x3"), Max = ShapeSpec.Parse("x:9x3") };
        Assert.Empty(ShapePropagation.Of(graph, OperatorTable.Default, ranges, [x]).ProfileOf([x], _ => "x", out _)!.Values);
        ShapePropagation shapes = ShapePropagation.Of(graph, OperatorTable.Default, ranges, [x, shape]);
        ShapeRange Values(params int[] nodes)
        {
            GraphSegment segment = GraphSegment.Of(graph, [.. nodes], isEngine: true);
            return shapes.ProfileOf(segment.Inputs, i => segment.Inputs[i].Name, out _)!.Values.GetValueOrDefault(
                "shape", new ShapeRange([], [], []));
        }
        Assert.Equal(
            "1,3 4,3 9,3", string.Join(' ', new[] { Values(1, 2).Min, Values(1, 2).Opt, Values(1, 2).Max }.Select(
                v => string.Join(',', v))));
        Assert.Equal([4, 3], Values(3).Opt); // which inputs are shape tensors, TensorRT decides
    }

    /// <summary>The first value whose shape, when the model runs with these sizes, is not in its profile; null where there is
    /// none.</summary>
    private static string? FirstOutside(Model model, ModelShapes ranges, Value[] values, Dictionary<string, long> sizes)
    {
        ShapePropagation shapes = ShapePropagation.Of(model.Graph, OperatorTable.Default, ranges, values);
        var builder = new GraphBuilder(DeclaredTypes.Instance) { Name = "observed" };
        foreach (Value v in model.Graph.Inputs) builder.Input(v, model.Graph.Defaults.GetValueOrDefault(v));
        foreach (Value v in model.Graph.Constants) builder.Constant(v);
        foreach (Node node in model.Graph.Nodes) builder.Append(node);
        Model observed = OpsetExport.Lowest(model with { Graph = builder.Build(values) });
        var inputs = new InputGenerator(sizes).For(model.Graph).ToDictionary(i => i.Key, i => (DataValue)new TensorValue(i.Value));
        DataValue[] results = TestRun.RunPlain(OnnxWriter.ToBytes(observed, new OnnxWriteOptions { ValueTypes = false }), inputs,
            optimize: false);
        for (int i = 0; i < values.Length; i++)
        {
            ImmutableArray<long> actual = ((TensorValue)results[i]).Data.Dims;
            if (values[i].Shape is { IsStatic: true }) continue;
            ShapeProfile? profile = shapes.ProfileOf([values[i]], _ => "v", out string? open);
            if (profile is null) return $"{values[i]}: {open}";
            ShapeRange range = profile.Inputs["v"];
            if (range.Min.Count != actual.Length || actual.Where((size, axis) => size < range.Min[axis] || size > range.Max[axis]).Any())
                return $"{values[i]} came out as [{string.Join(",", actual)}], outside of [{string.Join(",", range.Min)}] to [{string.Join(",", range.Max)}]";
        }
        return null;
    }

    private static Model DynamicGraph(int[] codes)
    {
        var b = new GraphBuilder(OperatorTable.Default) { Name = "dynamic" };
        List<Value> values = [b.Input("x", IrType.Tensor(ElementType.Float32, new Shape("n", "m")))];
        Append(b, values, codes);
        return Graphs.Of(b, values[^1]);
    }

    /// <summary>A loop that carries one value as it is and one that changes its shape, and does all that to both and to what it
    /// captures.</summary>
    private static Model DynamicLoop(int[] codes)
    {
        var b = new GraphBuilder(OperatorTable.Default) { Name = "loop" };
        Value x = b.Input("x", IrType.Tensor(ElementType.Float32, new Shape("n", "m"))),
            outside = b.Add("Abs", [x], ["outside"], null, "abs").Outputs[0]!;
        var body = new GraphBuilder(b.Rules, b.Scope) { Name = "body" };
        body.Input("i", IrType.Tensor(ElementType.Int64, Shape.Scalar));
        Value goOn = body.Input("go_on", IrType.Tensor(ElementType.Bool, Shape.Scalar));
        Value state = body.Input("state", IrType.Tensor(ElementType.Float32, new Shape(default, default))),
            changing = body.Input("changing", state.Type);
        List<Value> values = [body.Add("Relu", [changing], ["changed"], null, "relu").Outputs[0]!, outside, state];
        Append(body, values, codes);
        Value next = body.Add("Tanh", [state], ["next"], null, "tanh").Outputs[0]!,
            last = body.Add("Neg", [values[^1]], ["last"], null, "neg").Outputs[0]!;
        Node loop = b.Add("Loop", [b.Constant("trips", TensorData.Scalar(ElementType.Int64, 2L)), null, x, x], ["states", "changes"],
            AttributeMap.Of(("body", body.Build(goOn, next, last))), "loop");
        return Graphs.Of(b, loop.Outputs[0]!, loop.Outputs[1]!);
    }

    /// <summary>Operators that change sizes in every way: sums, halves, remainders, products, the least of two.</summary>
    private static void Append(GraphBuilder b, List<Value> values, int[] codes)
    {
        int doublings = 0;
        for (int i = 0; i < codes.Length && i < 14; i++)
        {
            string name = $"v{i}";
            Value a = values[^(1 + codes[i] / 16 % Math.Min(values.Count, 4))];
            Value Ints(string suffix, params long[] numbers) => b.Constant($"{name}_{suffix}", TensorData.Int64s(numbers));
            Value Op(string op, Value?[] inputs, AttributeMap? attributes = null, string suffix = "") =>
                b.Add(op, inputs, [name + suffix], attributes, name + suffix).Outputs[0]!;
            Value Rows() => Op("Slice", [Op("Shape", [a], suffix: "_shape"), Ints("from", 0), Ints("to", 1)], suffix: "_rows");
            switch (codes[i] % 16)
            {
                case 0 or 1 when doublings++ < 4: values.Add(Op("Concat", [a, a], AttributeMap.Of(("axis", codes[i] % 2L)))); break;
                case 2: values.Add(Op("Transpose", [a], AttributeMap.Of(("perm", new IntsAttribute([1, 0]))))); break;
                case 3: values.Add(Op("Slice", [a, Ints("from", 1), Ints("to", long.MaxValue), Ints("axis", 0)])); break;
                case 4: values.Add(Op("Slice", [a, Ints("from", 0), Ints("to", long.MaxValue), Ints("axis", 1), Ints("step", 2)])); break;
                case 5: values.Add(Op("Slice", [a, Ints("from", 0), Ints("to", 3), Ints("axis", 0)])); break;
                case 6: values.Add(Op("Reshape", [a, Ints("to", 1, -1)])); break;
                case 7: values.Add(Op("ReduceSum", [a, Ints("axis", 1)], AttributeMap.Of(("keepdims", 1L)))); break;
                case 8:
                    values.Add(
                    Op("Slice", [a, Ints("from", 0), Op("Mod", [Rows(), Ints("four", 4)], suffix: "_mod"), Ints("axis", 0)])); break;
                case 9:
                    values.Add(
                    Op("Slice", [a, Op("Div", [Rows(), Ints("two", 2)], suffix: "_half"), Ints("to", long.MaxValue),
                        Ints("axis", 0)])); break;
                case 10:
                    values.Add(
                    Op("Expand", [b.Constant($"{name}_one", TensorData.Floats([1f], 1, 1)), Op("Shape", [a], suffix: "_shape")])); break;
                case 11:
                    values.Add(Op("MatMul", [a, Op("Transpose", [a], AttributeMap.Of(("perm", new IntsAttribute([1, 0]))), "_t")]));
                    break;
                default: values.Add(Op("Relu", [a])); break;
            }
        }
    }
}
