using FsCheck;
using FsCheck.Fluent;
using GraphPartition.CompiledModels;
using GraphPartition.Compiler;
using GraphPartition.Compiler.Import.Opsets;
using GraphPartition.Compiler.Passes;
using GraphPartition.Compiler.Planning.Files;
using GraphPartition.Foundation;
using GraphPartition.Ir.Graphs;
using GraphPartition.Onnx.Reading;
using GraphPartition.Onnx.Writing;
using GraphPartition.Operators;
using GraphPartition.Runtime.Scheduling;
using Xunit;

namespace GraphPartition.Tests.Unit;

public sealed class CompiledModelFormatTests
{
    private static readonly EngineTarget Target = new(new(10, 16, 0), "9.0", "fp32");

    [Fact]
    public void Unpacking_gives_what_was_packed() => RandomModel.Check(40, 300, model =>
    {
        CompiledModel before = Partitions.Compile(model, "random:3:0.6");
        CompiledModel after = CompiledModelFormat.Read(CompiledModelFormat.ToModel(before));
        return after.Plan == before.Plan
            && after.Cut.Segments.Select(s => (s.IsEngine, s.Nodes.Length))
            .SequenceEqual(before.Cut.Segments.Select(s => (s.IsEngine, s.Nodes.Length)))
            && ContentKeyTests.Keys(after).SequenceEqual(ContentKeyTests.Keys(before))
            && Contents(after).SequenceEqual(Contents(before))
            && GraphVerifier.FindFault(after.Model.Graph) is null;
    });

    [Fact]
    public void Groups_inside_bodies_are_called_from_there_and_compute_the_same()
    {
        Model model = Branches();
        Compilation compilation = Enumerable.Range(1, 100).Select(seed => Partitions.Plan(model, $"random:{seed}:0.5"))
            .First(c => c.Plan.Bodies.Any(b => b.Plan.Bodies.Length > 0) && c.Plan.Bodies.Length == 2);
        CompiledModel compiled = compilation.ToCompiledModel();
        Assert.Equal(compilation.Plan.TotalEngines, compiled.AllGroups.Count());
        Assert.NotEmpty(compiled.Cut.Bodies);
        Assert.Equal(Enumerable.Range(0, compilation.Plan.TotalEngines), compiled.AllGroups.Select(g => g.Id));
        Assert.All(compiled.Cut.Bodies, b => Assert.Equal(
            b.Cut.Segments.Sum(s => s.Nodes.Length), b.In(compiled.Model.Graph).Nodes.Length));

        Model packed = CompiledModelFormat.ToModel(compiled);
        CompiledModel again = CompiledModelFormat.Read(packed);
        Assert.Equal(ContentKeyTests.Keys(compiled), ContentKeyTests.Keys(again));
        Dictionary<string, DataValue> inputs = TestRun.Inputs(model.Graph);
        DataValue[] expected = TestRun.RunPlain(OnnxWriter.ToBytes(model), inputs);
        Assert.Null(TestRun.Difference(expected, TestRun.RunPlain(OnnxWriter.ToBytes(packed), inputs)));
        Assert.Null(TestRun.Difference(expected, TestRun.Run(again, inputs, keepGroups: true)));
    }

    /// <summary>The file has 'second' before the engine and 'first' behind it; the plan has them as they were.</summary>
    [Fact]
    public void Groups_in_bodies_are_numbered_as_in_the_plan_whatever_the_order_in_the_file()
    {
        Model model = GraphParser.ParseModel("""
            model {
              opset 18
            }
            graph main(x: f32[2,2], c: bool[]) -> (b, e) {
              a: f32[2,2] = Neg(x) "neg"
              b: f32[2,2] = If(c) {else_branch = graph e1() -> (p) {
                p: f32[2,2] = Exp(a)
              }, then_branch = graph t1() -> (q) {
                q: f32[2,2] = Sin(a)
              }} "first"
              d: f32[2,2] = If(c) {else_branch = graph e2() -> (r) {
                r: f32[2,2] = Abs(x)
              }, then_branch = graph t2() -> (s) {
                s: f32[2,2] = Tanh(x)
              }} "second"
              e: f32[2,2] = Abs(d) "abs"
            }
            """, OperatorTable.Default) with { FormatVersion = 8 };
        CompiledModel compiled = Enumerable.Range(1, 1000).Select(seed => Partitions.Compile(model, $"random:{seed}:0.6"))
            .First(c => c.Cut.Groups.Length == 1 && c.Cut.Groups[0].Segment.Nodes.Length == 2 && c.Cut.Bodies.Length == 4);
        AssertNumbered(compiled);
        compiled = CompiledModelFormat.Read(CompiledModelFormat.ToModel(compiled)); // now the nodes are in the order of the file
        Assert.Equal(["first", "first", "second", "second"], compiled.Cut.Bodies.Select(b => compiled.Model.Graph.Nodes[b.Node].Name));
        Assert.True(compiled.Cut.Bodies[0].Node > compiled.Cut.Bodies[2].Node);
        AssertNumbered(compiled);
    }

    [Fact]
    public void Random_bodies_are_numbered_as_in_the_plan() => Prop.ForAll(FlowModel.Codes, codes =>
        AssertNumbered(Partitions.Compile(FlowModel.Of(codes), $"random:{codes.FirstOrDefault() % 1000}:0.4")))
            .Check(Config.QuickThrowOnFailure.WithMaxTest(100));

    private static void AssertNumbered(CompiledModel compiled)
    {
        Assert.Equal(Enumerable.Range(0, compiled.AllGroups.Count()), compiled.AllGroups.Select(g => g.Id));
        Assert.Empty(PlanVerifier.Verify(compiled, PlanFile.Read(compiled, "")));
    }

    [Fact]
    public void A_function_that_is_called_twice_is_not_a_group()
    {
        Model packed = CompiledModelFormat.ToModel(Partitions.Compile(RandomModel.FromCodes([0]), "all"));
        Node call = Assert.Single(packed.Graph.Nodes);
        var builder = new GraphBuilder(DeclaredTypes.Instance);
        foreach (Value v in packed.Graph.Inputs) builder.Input(v);
        builder.Append(call);
        Value twice = new("twice", packed.Graph.Outputs[0].Type);
        builder.Define(call.Op, [packed.Graph.Outputs[0]], [twice], call.Attributes, call.Name);
        var error = Assert.Throws<ModelException>(() => CompiledModelFormat.Read(packed with { Graph = builder.Build(twice) }));
        Assert.Equal("GP5001", error.Diagnostics[0].Code.Id);
    }

    [Fact]
    public void Inputs_and_results_of_a_group_stay_in_the_order_of_the_call()
    {
        Model model = GraphParser.ParseModel("""
            model {
              opset 18
            }
            graph main(a: f32[2], b: f32[2]) -> (p, q) {
              const v: f32[2] = {1, 2}
              const w: f32[2] = {3, 4}
              p: f32[2] = Mul(a, v) "first"
              q: f32[2] = Mul(b, w) "second"
            }
            """, OperatorTable.Default) with { FormatVersion = 8 };
        Model packed = CompiledModelFormat.ToModel(Partitions.Compile(model, "all"));
        Function function = Assert.Single(packed.Functions);
        var turned = new GraphBuilder(DeclaredTypes.Instance);
        foreach (Value v in function.Body.Inputs) turned.Input(v);
        foreach (Node node in function.Body.Nodes.Reverse()) turned.Append(node);
        CompiledModel compiled = CompiledModelFormat.Read(
            packed with { Functions = [function with { Body = turned.Build(function.Body.Outputs.AsSpan()) }] });
        GraphSegment segment = Assert.Single(compiled.Cut.Groups).Segment;
        Assert.Equal(["a", "b"], segment.Inputs.Select(v => v.Name));
        Assert.Equal(["v", "w"], segment.Weights.Select(v => v.Name));
        Assert.Equal(["p", "q"], segment.Outputs.Select(v => v.Name));
        Assert.Same(segment, Assert.Single(compiled.Cut.Segments));
        GraphSegment step = Assert.Single(ExecutionPlan.Of(compiled, _ => true).Steps).Segment;
        Assert.Equal(segment.Inputs, step.Inputs);
        Assert.Equal(segment.Outputs, step.Outputs);
    }

    // An If that falls back; the first branch holds another one. Both use a weight and values of the main graph.
    private static Model Branches() => GraphParser.ParseModel("""
        model {
          opset 18
        }
        graph main(x: f32[2,2], c: bool[]) -> (y) {
          const w: f32[2,2] = {0.5, -1, 2, 0.25}
          a: f32[2,2] = Neg(x) "neg"
          y: f32[2,2] = If(c) {else_branch = graph e() -> (h) {
            g: f32[2,2] = Mul(a, w) "mul"
            h: f32[2,2] = Exp(g) "exp"
          }, then_branch = graph t() -> (q) {
            p: f32[2,2] = Add(a, w) "add"
            r: f32[2,2] = Abs(p) "abs"
            q: f32[2,2] = If(c) {else_branch = graph ee() -> (i) {
              i: f32[2,2] = Sin(r) "sin"
            }, then_branch = graph tt() -> (k) {
              j: f32[2,2] = MatMul(r, w) "matmul"
              k: f32[2,2] = Tanh(j) "tanh"
            }} "inner"
          }} "outer"
        }
        """, OperatorTable.Default) with { FormatVersion = 8 };

    private static IEnumerable<string> Contents(CompiledModel compiled) =>
        compiled.Cut.Segments.Select(s => ContentKey.Of(
            s.Extract(compiled.Model.Graph, weightsAsInputs: false, ""), compiled.Model.Opsets));

    [Fact]
    public void A_packed_model_calls_one_function_for_each_group_and_shares_weights()
    {
        Model packed = CompiledModelFormat.ToModel(Partitions.Compile(RandomModel.FromCodes([11, 6, 12, 13, 11]), "all"));
        Function function = Assert.Single(packed.Functions);
        Node call = Assert.Single(packed.Graph.Nodes);
        Assert.Equal(function.Name, call.Op);
        Assert.Equal(function.Body.Inputs.AsEnumerable(), call.Inputs.AsEnumerable()!);
        Assert.Equal(4, packed.Graph.Constants.Length); // two weights, a split and a zero, in the main graph
        Assert.Empty(function.Body.Constants);
    }

    [Fact]
    public void Engines_survive_and_a_changed_byte_is_detected()
    {
        CompiledModel compiled = Partitions.Compile(RandomModel.FromCodes([0, 6, 11]), "all");
        byte[] blob = [1, 2, 3, 4, 5];
        compiled = compiled with
        {
            Cut = compiled.Cut with
            {
                Groups =
            [compiled.Cut.Groups[0] with { Engines = [EngineBlob.Embed(Target, blob)] }]
            }
        };
        Model packed = CompiledModelFormat.ToModel(compiled);
        EngineBlob engine = Assert.Single(CompiledModelFormat.Read(packed).Cut.Groups[0].Engines);
        Assert.Equal(Target, engine.Target);
        Assert.Equal(blob, engine.Data!.Bytes.ToArray());

        blob[2] ^= 1; // the tensor is a view of this array
        UnusableEngine damaged = Assert.Single(EngineOrigin.FindUnusable(CompiledModelFormat.Read(packed)),
            e => e.Reason.Contains("damaged", StringComparison.Ordinal) || e.Reason.Contains("does not say", StringComparison.Ordinal));
        Assert.Null(damaged.Engine.Read(null, out string? fault));
        Assert.Contains("its hash differs", fault, StringComparison.Ordinal);
    }

    [Fact]
    public void A_changed_plan_is_rejected()
    {
        Model packed = CompiledModelFormat.ToModel(Partitions.Compile(RandomModel.FromCodes([0]), "all"));
        Model changed = packed.WithProperty("graphpartition.plan", packed.Property("graphpartition.plan") + " ");
        Assert.Equal("GP5001", Assert.Throws<ModelException>(() => CompiledModelFormat.Read(changed)).Diagnostics[0].Code.Id);
    }

    [Fact]
    public void A_newer_format_is_refused()
    {
        Model packed = CompiledModelFormat.ToModel(Partitions.Compile(RandomModel.FromCodes([0]), "all"));
        var error = Assert.Throws<ModelException>(() => CompiledModelFormat.Read(packed.WithProperty("graphpartition.format", "99")));
        Assert.Equal("GP5002", error.Diagnostics[0].Code.Id);
    }

    /// <summary>An opset before 21 scales groups, not channels: lowering writes one node as several, with constants that no file
    /// had.</summary>
    [Fact]
    public void Constants_that_lowering_makes_for_a_group_are_in_the_file()
    {
        byte[] bytes = OnnxWriter.ToBytes(GraphParser.ParseModel("""
            model {
              opset 18
            }
            graph main(x: f32[1,4,3]) -> (y) {
              const s: f32[2] = {1.5, 2.5}
              const b: f32[2] = {0.5, -0.5}
              a: f32[1,4,3] = Abs(x)
              n: f32[1,4,3] = GroupNormalization(a, s, b) {num_groups = 2} "norm"
              y: f32[1,4,3] = Relu(n)
            }
            """) with { FormatVersion = 8 });
        Model model = OnnxReader.Read(bytes, new() { Rules = OperatorTable.Default, Normalizer = OpsetNormalizer.Instance });
        CompiledModel compiled = Partitions.Compile(model, "all", Pipeline.Parse("none"));
        Assert.Equal(18, compiled.Opset);
        Assert.Null(GraphVerifier.FindFault(compiled.Model.Graph));
        byte[] file = CompiledModelFormat.Write(compiled);
        Dictionary<string, DataValue> inputs = TestRun.Inputs(model.Graph);
        DataValue[] expected = TestRun.RunPlain(bytes, inputs);
        Assert.Null(TestRun.Difference(expected, TestRun.RunPlain(file, inputs)));
        Assert.Null(TestRun.Difference(expected, TestRun.Run(CompiledModelFormat.Read(file), inputs, keepGroups: true)));
    }

    /// <summary>
    /// A file that gpc wrote at 6e36c5e, when a call had the key of its group as an attribute: opset 17, with groups in the graph and in
    /// the branches of an If.
    /// </summary>
    [Fact]
    public void A_file_of_the_first_format_version_is_still_read()
    {
        string path = Checkout.PathOf("tests", "GraphPartition.Tests", "Unit", "Files", "compiled-at-6e36c5e.onnx");
        CompiledModel compiled = CompiledModelFormat.Read(path);
        Assert.Equal(17, compiled.Opset);
        Assert.Equal([0, 1, 2, 3], compiled.AllGroups.Select(g => g.Id));
        Assert.NotEmpty(compiled.Cut.Bodies);
        Assert.Empty(PlanVerifier.Verify(compiled, PlanFile.Read(compiled, path)));
        Dictionary<string, DataValue> inputs = TestRun.Inputs(compiled.Model.Graph);
        Assert.Null(TestRun.Difference(TestRun.RunPlain(File.ReadAllBytes(path), inputs), TestRun.Run(compiled, inputs, keepGroups: true)));
    }
}
