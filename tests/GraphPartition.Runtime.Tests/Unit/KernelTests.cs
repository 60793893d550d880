using System.Text;
using GraphPartition.CompiledModels;
using GraphPartition.Foundation;
using GraphPartition.Ir.Graphs;
using GraphPartition.Ir.Tensors;
using GraphPartition.Ir.Types;
using GraphPartition.Onnx.Reading;
using GraphPartition.Operators;
using GraphPartition.Runtime.Kernels;
using GraphPartition.Runtime.Ort;
using GraphPartition.Runtime.Tests.Support;
using Microsoft.ML.OnnxRuntime;

namespace GraphPartition.Runtime.Tests.Unit;

/// <summary>Operators that C# code computes.</summary>
public sealed class KernelTests
{
    private static readonly OpName Op = new("acme", "Frobnicate");

    [Fact]
    public void A_kernel_is_a_separate_step_outside_ONNX_Runtime()
    {
        CompiledModel compiled = Compiled(IrType.Tensor(ElementType.Float32, Shape.Of(3)));
        using ModelSession session = ModelSession.Create(compiled, new() { Kernels = [CustomKernel.Of(Op, Reverse)] });
        Assert.Equal([false, true, false], session.Plan.Steps.Select(s => s.IsKernel));
        Assert.Equal([3f, -2f, 1f], Floats(TestRun.Run(session, Feed(-1, 2, -3))[0]));
        Assert.Equal("GP5003", Assert.Throws<ModelException>(() => ModelSession.Create(compiled)).Diagnostics[0].Code.Id);
    }

    [Fact]
    public void A_group_with_a_kernel_is_cut_around_it_unless_it_has_an_engine()
    {
        CompiledModel compiled = Compiled(IrType.Tensor(ElementType.Float32, Shape.Of(3)), "all");
        using ModelSession session = ModelSession.Create(compiled, new() { KeepGroups = true, Kernels = [CustomKernel.Of(Op, Reverse)] });
        Assert.Equal(3, session.Plan.Steps.Length);
        Assert.Equal([3f, -2f, 1f], Floats(TestRun.Run(session, Feed(-1, 2, -3))[0]));
    }

    [Fact]
    public void Only_the_kernel_copies_from_a_device_and_back()
    {
        CompiledModel compiled = Compiled(IrType.Tensor(ElementType.Float32, Shape.Of(3)));
        var provider = new SimulatedProvider();
        using ModelSession session = ModelSession.Create(compiled, new() { Threads = 1, Kernels = [CustomKernel.Of(Op, Reverse)] },
            () => new SimulatedStream { Records = false }, engines: null, provider);
        using SessionContext context = session.CreateContext();
        for (int run = 0; run < 3; run++)
            Assert.Equal([3f, -2f, 1f], Floats(TestRun.Fed(Feed(-1, 2, -3), feeds => [.. context.Run(feeds).Select(OrtValues.ToData)])[0]));
        Assert.Equal("kernel", context.Report().Steps[1].Device);
        Assert.DoesNotContain(compiled.Model.Graph.Nodes.IndexOf(compiled.Model.Graph.Nodes.Single(n => n.Op == Op)), provider.Requested);
    }

    [Fact]
    public void A_shape_that_the_model_declares_wrongly_does_not_spoil_the_run()
    {
        var builder = new GraphBuilder(OperatorTable.Default) { Name = "frob" };
        Value x = builder.Input("x", IrType.Tensor(ElementType.Float32, Shape.Of(3)));
        Node frob = builder.Add(Op, [builder.Op("Neg", "neg", [x])], [new("y", IrType.Tensor(ElementType.Float32, Shape.Of(2)))]);
        CompiledModel compiled = Partitions.Compile(ModelOf(builder.Build(frob.Outputs[0]!)), "none");
        using ModelSession session = ModelSession.Create(compiled, new() { Kernels = [CustomKernel.Of(Op, Reverse)] });
        using SessionContext context = session.CreateContext(); // keeps results in buffers of the declared shape
        for (int run = 0; run < 2; run++)
            Assert.Equal([3f, -2f, 1f], Floats(TestRun.Fed(Feed(-1, 2, -3), feeds => [.. context.Run(feeds).Select(OrtValues.ToData)])[0]));
    }

    [Fact]
    public void Strings_weights_and_outputs_that_nothing_uses_pass()
    {
        var builder = new GraphBuilder(DeclaredTypes.Instance) { Name = "strings" };
        IrType strings = IrType.Tensor(ElementType.String, Shape.Of(2)), count = IrType.Tensor(ElementType.Int64, Shape.Of(1));
        Value words = builder.Input("words", strings);
        Value suffix = builder.Constant("suffix", new StringTensor([1], [Encoding.UTF8.GetBytes("!")]));
        Node node = builder.Add(Op, [words, null, suffix], [new("shouted", strings), new("count", count), new("unused", count)], name: "shout");
        Graph graph = builder.Build(node.Outputs[0]!, node.Outputs[1]!);
        var compiled = new CompiledModel(ModelOf(graph), Cut.Whole(graph), "");
        using ModelSession session = ModelSession.Create(compiled, new() { Kernels = [CustomKernel.Of(Op, Shout)] });
        DataValue[] results = TestRun.Run(session, new Dictionary<string, DataValue>
        {
            ["words"] = new TensorValue(new StringTensor([2], [Encoding.UTF8.GetBytes("ab"), Encoding.UTF8.GetBytes("c")])),
        });
        Assert.Equal(["AB!", "C!"], ((StringTensor)((TensorValue)results[0]).Data).Values.Select(v => Encoding.UTF8.GetString(v.Span)));
        Assert.Equal([2L], ((TensorValue)results[1]).Data.ToIntegers()!);

        static void Shout(KernelCall call)
        {
            Assert.Null(call.Inputs[1]);
            string[] words = call.Inputs[0]!.GetStringTensorAsArray();
            OrtValue shouted = OrtValue.CreateTensorWithEmptyStrings(OrtAllocator.DefaultInstance, [words.Length]);
            for (int i = 0; i < words.Length; i++)
                shouted.StringTensorSetElementAt(words[i].ToUpperInvariant() + call.Inputs[2]!.GetStringElement(0), i);
            call.SetOutput(0, shouted);
            call.Output<long>(1, 1)[0] = words.Length;
            call.Output<long>(2, 1)[0] = 0;
        }
    }

    [Fact]
    public void A_kernel_that_fails_is_named_and_leaves_the_session_usable()
    {
        bool fails = true;
        CompiledModel compiled = Compiled(IrType.Tensor(ElementType.Float32, Shape.Of(3)));
        using ModelSession session = ModelSession.Create(compiled, new()
        {
            Kernels = [CustomKernel.Of(Op, call =>
            {
                if (fails) throw new FormatException("no such frob");
                Reverse(call);
            })],
        });
        Diagnostic fault = Assert.Throws<EnvironmentException>(() => TestRun.Run(session, Feed(-1, 2, -3))).Diagnostic;
        Assert.Equal("GP5022", fault.Code.Id);
        Assert.Contains("'frob'", fault.Where, StringComparison.Ordinal);
        Assert.Equal("no such frob", fault.Message);
        fails = false;
        Assert.Equal([3f, -2f, 1f], Floats(TestRun.Run(session, Feed(-1, 2, -3))[0]));
    }

    [Theory]
    [InlineData(0)] // makes nothing
    [InlineData(1)] // another element type
    [InlineData(2)] // an output that is not there
    [InlineData(3)] // an output twice
    [InlineData(4)] // an input that is not there
    public void A_kernel_that_breaks_the_rules_gives_an_error(int rule)
    {
        CompiledModel compiled = Compiled(IrType.Tensor(ElementType.Float32, Shape.Of(3)));
        using ModelSession session = ModelSession.Create(compiled, new() { Kernels = [CustomKernel.Of(Op, Break)] });
        Assert.Equal("GP5022", Assert.Throws<EnvironmentException>(() => TestRun.Run(session, Feed(1, 2, 3))).Diagnostic.Code.Id);

        void Break(KernelCall call)
        {
            if (rule == 1) call.Output<double>(0, 3);
            if (rule == 2) call.Output<float>(1, 3);
            if (rule == 3)
            {
                call.Output<float>(0, 3);
                call.Output<float>(0, 3);
            }
            if (rule == 4) call.Input<float>(1);
        }
    }

    [Fact]
    public void Two_kernels_of_one_operator_are_refused() => Assert.Equal("GP5023", Assert.Throws<ModelException>(
        () => ModelSession.Create(Compiled(IrType.Tensor(ElementType.Float32, Shape.Of(3))),
            new() { Kernels = [CustomKernel.Of(Op, Reverse), CustomKernel.Of(Op, Reverse)] })).Diagnostics[0].Code.Id);

    private static void Reverse(KernelCall call)
    {
        ReadOnlySpan<float> x = call.Input<float>(0);
        Span<float> y = call.Output<float>(0, call.ShapeOf(0));
        for (int i = 0; i < x.Length; i++) y[i] = x[x.Length - 1 - i];
    }

    /// <summary>x -> Neg -> Frobnicate -> Identity.</summary>
    private static CompiledModel Compiled(IrType declared, string support = "none")
    {
        var builder = new GraphBuilder(OperatorTable.Default) { Name = "frob" };
        Value x = builder.Input("x", IrType.Tensor(ElementType.Float32, Shape.Of(3)));
        Node frob = builder.Add(Op, [builder.Op("Neg", "neg", [x])], [new("frobbed", declared)], name: "frob");
        return Partitions.Compile(ModelOf(builder.Build(builder.Add("Identity", [frob.Outputs[0]!], [new("y")]).Outputs[0]!)), support);
    }

    private static Model ModelOf(Graph graph) => new(graph) { Opsets = OpsetVersions.Standard(18).SetItem("acme", 1), FormatVersion = 8 };

    private static Dictionary<string, DataValue> Feed(params float[] x) => new() { ["x"] = new TensorValue(TensorData.Floats(x, x.Length)) };

    private static float[] Floats(DataValue value) => [.. ((TensorValue)value).Data.As<float>()];
}
