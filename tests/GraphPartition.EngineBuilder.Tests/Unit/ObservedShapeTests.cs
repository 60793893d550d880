using GraphPartition.Compiler;
using GraphPartition.Compiler.Passes;
using GraphPartition.EngineBuilder.Tests.Support;
using GraphPartition.Foundation;
using GraphPartition.Ir.Graphs;
using GraphPartition.Ir.Tensors;
using GraphPartition.Ir.Types;
using GraphPartition.Onnx.Reading;
using GraphPartition.Onnx.Writing;
using GraphPartition.Operators;
using GraphPartition.Runtime.Ort;
using Microsoft.ML.OnnxRuntime;
using Xunit;

namespace GraphPartition.EngineBuilder.Tests.Unit;

/// <summary>Engines behind an operator whose result is as large as the data say, with sizes that one run showed.</summary>
public sealed class ObservedShapeTests
{
    [MockFact]
    public void An_engine_gets_the_sizes_of_the_observed_run_and_other_sizes_run_without_it()
    {
        EngineLab lab = new();
        var builder = new GraphBuilder(OperatorTable.Default) { Name = "observed" };
        Value x = builder.Input("x", IrType.Tensor(ElementType.Float32, Shape.Of(6)));
        Value condition = builder.Op("Greater", "positive", [x, builder.Constant("zero", TensorData.Scalar(ElementType.Float32, 0f))]);
        Value ones = builder.Op("Cast", "ones", [condition], AttributeMap.Of(("to", (long)ElementType.Float32)));
        Value sum = builder.Op("ReduceSum", "sum", [ones]);
        Value count = builder.Op("Cast", "count", [sum], AttributeMap.Of(("to", (long)ElementType.Int64)));
        Value kept = builder.Op("ConstantOfShape", "kept", [count]);
        Model model = Graphs.Of(builder, builder.Op("Relu", "y", [kept]));

        EngineCompilation Compile(IValueObserver? observer) => new EngineCompiler(lab.Machine, new EngineOptions()).Compile(
            new ModelCompiler(OperatorTable.Default, new CompileOptions
            {
                SupportPolicy = new Only("Relu"),
                Passes = Pipeline.None,
                Observer = observer,
            }).Plan(model));

        GroupReport without = Assert.Single(Compile(null).Report.Groups);
        Assert.Contains("nothing bounds the sizes of 'kept'", without.Reason, StringComparison.Ordinal);

        TensorValue three = new(TensorData.Floats([1, -1, 2, -2, 3, -3], 6)), two = new(TensorData.Floats([1, -1, 2, -2, -3, -3], 6));
        using OrtValue seen = OrtValues.ToOrt(three);
        EngineCompilation observed = Compile(new OrtValueObserver(new Dictionary<string, OrtValue> { ["x"] = seen }));
        Assert.Equal("built", Assert.Single(observed.Report.Groups).Source);
        Assert.Equal("f32[3]", observed.Compilation.Observed.Single(o => o.Value == "kept").Type.ToString());

        byte[] plain = OnnxWriter.ToBytes(model);
        long before = lab.EngineRuns;
        Assert.Null(Difference(three));
        Assert.True(lab.EngineRuns > before, "the engine did not run");
        before = lab.EngineRuns;
        Assert.Null(Difference(two)); // the engine takes three elements, so the portable subgraph runs
        Assert.Equal(before, lab.EngineRuns);
        lab.AssertClean();

        string? Difference(TensorValue value)
        {
            var input = new Dictionary<string, DataValue> { ["x"] = value };
            return TestRun.Difference(TestRun.RunPlain(plain, input), lab.Run(observed.Compiled, input));
        }
    }

    /// <summary>Squeeze drops as many dimensions as happen to be 1.</summary>
    [MockFact]
    public void An_engine_is_built_for_a_rank_that_is_only_observed()
    {
        EngineLab lab = new();
        var builder = new GraphBuilder(OperatorTable.Default) { Name = "observed" };
        Value x = builder.Input("x", IrType.Tensor(ElementType.Float32, new Shape(Dim.Named("A"), 3)));
        Value kept = builder.Op("Squeeze", "kept", [x]);
        Assert.Null(kept.Shape);
        Model model = Graphs.Of(builder, builder.Op("Relu", "y", [kept]));
        TensorValue one = new(TensorData.Floats([1, -1, 2], 1, 3)), two = new(TensorData.Floats([1, -1, 2, -2, -3, -3], 2, 3));
        using OrtValue seen = OrtValues.ToOrt(one);
        EngineCompilation observed = new EngineCompiler(lab.Machine, new EngineOptions()).Compile(
            new ModelCompiler(OperatorTable.Default, new CompileOptions
            {
                SupportPolicy = new Only("Relu"),
                Passes = Pipeline.None,
                Observer = new OrtValueObserver(new Dictionary<string, OrtValue> { ["x"] = seen }),
            }).Plan(model));
        GroupReport group = Assert.Single(observed.Report.Groups);
        Assert.Equal(("built", null), (group.Source, group.Reason));

        byte[] plain = OnnxWriter.ToBytes(model);
        long before = lab.EngineRuns;
        Assert.Null(Difference(one));
        Assert.True(lab.EngineRuns > before, "the engine did not run");
        before = lab.EngineRuns;
        Assert.Null(Difference(two)); // of another rank, so the portable subgraph runs
        Assert.Equal(before, lab.EngineRuns);

        string? Difference(TensorValue value)
        {
            var input = new Dictionary<string, DataValue> { ["x"] = value };
            return TestRun.Difference(TestRun.RunPlain(plain, input), lab.Run(observed.Compiled, input));
        }
    }

    /// <summary>Only one operator is supported.</summary>
    private sealed class Only(string op) : Compiler.Tagging.SupportPolicy
    {
        public override string Name => "only";

        public override bool IsReal => true;

        public override Verdict SupportOf(Node node, int index) => node.Op.Is(op) ? Verdict.Yes : Verdict.No("another operator", "only");
    }
}
