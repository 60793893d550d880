using GraphPartition.CompiledModels;
using GraphPartition.Foundation;
using GraphPartition.Ir.Graphs;
using GraphPartition.Ir.Tensors;
using GraphPartition.Ir.Types;
using GraphPartition.Onnx.Reading;
using GraphPartition.Onnx.Writing;
using GraphPartition.Operators;
using GraphPartition.Runtime.Options;
using GraphPartition.Runtime.Ort;
using GraphPartition.Runtime.Scheduling;
using GraphPartition.Runtime.Tests.Support;
using Microsoft.ML.OnnxRuntime;

namespace GraphPartition.Runtime.Tests.Unit;

/// <summary>What steps of the host hand each other where groups of convolutions are kept apart.</summary>
public sealed class BlockedLayoutTests
{
    private static readonly ModelSessionOptions Kept = new() { Threads = 1, KeepGroups = true };

    [BlockedTheory]
    [InlineData(16)]
    [InlineData(20)] // padded to whole blocks
    public void Tensors_are_reordered_where_the_model_ends_and_not_between_steps(int channels)
    {
        CompiledModel compiled = Cut(ConvReluConvAdd(channels), 0, 1, 2, 3);
        using ModelSession session = ModelSession.Create(compiled, Kept);
        Assert.Equal(["Conv", "Relu", "Conv", "Add ReorderOutput"], Steps(session));
        Assert.Equal([0, null, 2, null], session.Plan.Steps.Select(s => s.Group?.Id));
        AssertComputes(compiled, session);
    }

    [BlockedFact]
    public void Nodes_of_one_step_are_fused_and_nodes_of_two_are_not()
    {
        CompiledModel compiled = Cut(ConvReluConvAdd(channels: 16), 0, 0, 1, 1);
        using ModelSession session = ModelSession.Create(compiled, Kept);
        Assert.Equal(["Conv", "Conv ReorderOutput"], Steps(session)); // the first with its Relu, the second with its Add
        AssertComputes(compiled, session);
    }

    [BlockedFact]
    public void A_plain_value_between_blocked_values_is_passed_unchanged()
    {
        Model model = Convolutions((builder, x) => // the operator that takes the Relu apart needs the channels last
        {
            Value relu = builder.Op("Relu", "r", [Conv(builder, "a", x, 8, 3)]);
            Value last = builder.Op("Transpose", "t", [relu], AttributeMap.Of(("perm", new IntsAttribute([0, 2, 3, 1]))));
            return builder.Op("Mul", "y", [builder.Op("ReduceMean", "m", [last]), builder.Op("ReduceMax", "n", [relu])]);
        });
        CompiledModel compiled = Cut(model, 0, 1, 2, 2, 2, 2);
        using ModelSession session = ModelSession.Create(compiled, Kept);
        Assert.NotNull(BlockedLayout.Of(compiled, Kept));
        AssertComputes(compiled, session);
    }

    [BlockedFact]
    public void Runs_allocate_nothing()
    {
        using ModelSession session = ModelSession.Create(Cut(ConvReluConvAdd(channels: 16), 0, 1, 2, 3), Kept);
        using SessionContext context = session.CreateContext();
        using OrtValue x = OrtValues.ToOrt(RandomImages.Inputs(1)["x"]);
        var feeds = new Dictionary<string, OrtValue> { ["x"] = x };
        SteadyStateTests.AssertAllocatesNothing(context, feeds);
    }

    [Fact]
    public void Values_are_looked_at_as_they_were_compiled()
    {
        CompiledModel compiled = Cut(ConvReluConvAdd(channels: 16), 0, 1, 2, 3);
        foreach (ModelSessionOptions options in new[] { Kept with { Validate = true }, Kept with { Optimize = false } })
        {
            using ModelSession session = ModelSession.Create(compiled, options);
            Assert.Same(compiled.Model.Graph, session.Plan.Graph);
        }
    }

    [Fact]
    public void Without_a_gain_the_model_does_not_change()
    {
        Assert.Null(BlockedLayout.Of(Cut(ConvReluConvAdd(channels: 16), 0, 0, 0, 0), Kept)); // one step
        Assert.Null(BlockedLayout.Of(Partitions.Compile(RandomModel.FromCodes([0, 6, 11]), "random:1:0.5"), Kept)); // no convolution
        Model refused = Convolutions((builder, x) => builder.Op(new OpName("acme", "Frobnicate"), "y", [Conv(builder, "a", x, 8, 3)]));
        Assert.Null(BlockedLayout.Of(Cut(refused with { Opsets = refused.Opsets.Add("acme", 1) }, 0, 1), Kept));
    }

    private static Model ConvReluConvAdd(int channels) => Convolutions((builder, x) =>
    {
        Value relu = builder.Op("Relu", "r", [Conv(builder, "a", x, channels, 3)]);
        return builder.Op("Add", "y", [Conv(builder, "b", relu, channels, 1), relu]);
    });

    private static Model Convolutions(Func<GraphBuilder, Value, Value> build)
    {
        var builder = new GraphBuilder(OperatorTable.Default);
        Value x = builder.Input("x", IrType.Tensor(ElementType.Float32, Shape.Of(1, 3, RandomImages.Side, RandomImages.Side)));
        return new Model(builder.Build(build(builder, x))) { Opsets = RandomModel.FromCodes([]).Opsets, FormatVersion = 8 };
    }

    private static Value Conv(GraphBuilder builder, string name, Value x, int channels, int kernel)
    {
        int from = (int)x.Shape![1].Size;
        float[] numbers = [.. Enumerable.Range(0, channels * from * kernel * kernel).Select(i => MathF.Sin(i * 0.7f))];
        Value weight = builder.Constant(name + ".weight", TensorData.Floats(numbers, channels, from, kernel, kernel));
        return builder.Op("Conv", name, [x, weight], RandomImages.Same(kernel));
    }

    /// <summary>The model cut into segments, every other one a group.</summary>
    private static CompiledModel Cut(Model model, params ReadOnlySpan<int> segmentOf)
    {
        bool[] isEngine = [.. Enumerable.Range(0, segmentOf[^1] + 1).Select(s => s % 2 == 0)];
        return new(model, CompiledModels.Cut.Of(model.Graph, segmentOf, isEngine, (_, segment) => new(segment.Index, segment), []), "");
    }

    private static string[] Steps(ModelSession session) =>
        [.. session.Plan.Steps.Select(s => string.Join(' ', s.Segment.Nodes.Select(n => session.Plan.Graph.Nodes[n].Op.Type)))];

    private static void AssertComputes(CompiledModel compiled, ModelSession session)
    {
        Dictionary<string, DataValue> inputs = RandomImages.Inputs(1);
        Assert.Null(TestRun.Difference(TestRun.RunPlain(OnnxWriter.ToBytes(compiled.Model), inputs), TestRun.Run(session, inputs)));
    }
}
