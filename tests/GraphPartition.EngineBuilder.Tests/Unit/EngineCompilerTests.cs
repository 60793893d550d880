using GraphPartition.CompiledModels;
using GraphPartition.Compiler;
using GraphPartition.Compiler.Passes;
using GraphPartition.Compiler.Tagging;
using GraphPartition.EngineBuilder.Tests.Support;
using GraphPartition.Foundation;
using GraphPartition.Ir.Graphs;
using GraphPartition.Ir.Types;
using GraphPartition.Onnx.Reading;
using GraphPartition.Onnx.Writing;
using GraphPartition.Operators;
using GraphPartition.Operators.Extensions;
using GraphPartition.Operators.TensorRt;
using GraphPartition.Runtime.Options;
using GraphPartition.TensorRt.Build;
using GraphPartition.TensorRt.Cache;
using Xunit;

namespace GraphPartition.EngineBuilder.Tests.Unit;

/// <summary>From a plan to engines: what TensorRT takes, what it refuses, and what is kept.</summary>
public sealed class EngineCompilerTests
{
    private static readonly Shape Square = Shape.Of(2, 3);

    private static Dictionary<string, DataValue> Input => new() { ["x"] = Graphs.Floats(2, 3) };

    [MockTheory]
    [MockLayouts]
    public void Plans_builds_keeps_loads_and_runs(string layout)
    {
        EngineLab lab = new(layout);
        Model model = Graphs.Chain(Square, "Add w", "Relu", "Softmax", "Mul w", "Tanh");
        // The mock's parser does not know Softmax, which the table allows: the plan is corrected.
        EngineCompilation built = lab.Compile(model);
        Assert.Equal(2, built.Compiled.Cut.Groups.Length);
        Assert.All(built.Report.Groups, g => Assert.Equal("built", g.Source));
        MovedNode moved = Assert.Single(built.Report.Moved);
        Assert.Equal(("Softmax_2", "Softmax", "parser"), (moved.Node, moved.Op, moved.By));
        Assert.Equal("GP4017", Assert.Single(built.Report.Warnings).Code.Id);
        Assert.Equal(built.Compilation.Plan.Segments.Count(s => s.IsEngine), built.Compilation.Plan.Partitioning.Bound);

        using TemporaryFolder folder = new();
        CompiledModelFormat.Write(built.Compiled, folder.File("m.onnx"));
        CompiledModel read = CompiledModelFormat.Read(folder.File("m.onnx"));
        Assert.Null(TestRun.Difference(TestRun.RunPlain(OnnxWriter.ToBytes(model), Input), lab.Run(read, Input, EngineMode.Required)));
        Assert.Null(TestRun.Difference(lab.Run(read, Input, EngineMode.Off), lab.Run(read, Input)));
        Assert.Empty(lab.Warnings);
        lab.AssertClean();
    }

    [MockFact]
    public void A_node_whose_build_fails_moves_alone_whether_or_not_the_log_names_it()
    {
        EngineLab lab = new();
        Model model = Graphs.Chain(Square, "Add w", "Relu", "Tanh", "Abs", "Neg", "Mul w", "Sigmoid", "Exp");
        foreach (bool silent in new[] { false, true })
        {
            lab.Mock.Fail("breaks:Neg_4", int.MaxValue);
            lab.Mock.Fail("silent", silent ? int.MaxValue : 0);
            EngineCompilation built = lab.Compile(model);
            MovedNode moved = Assert.Single(built.Report.Moved);
            Assert.Equal(("Neg_4", "build"), (moved.Node, moved.By));
            Assert.Equal("GP4018", Assert.Single(built.Report.Warnings).Code.Id);
            Assert.Equal([4, 3], built.Report.Groups.Select(g => g.Nodes));
            Assert.All(built.Report.Groups, g => Assert.NotEqual("none", g.Source));
            Assert.Null(TestRun.Difference(TestRun.RunPlain(OnnxWriter.ToBytes(model), Input), lab.Run(built.Compiled, Input)));
        }
        lab.AssertClean();
    }

    [MockFact]
    public void Two_bad_nodes_move_and_the_rest_has_engines()
    {
        EngineLab lab = new();
        lab.Mock.Fail("breaks:Relu_1", int.MaxValue);
        lab.Mock.Fail("unsupported:Tanh", int.MaxValue);
        EngineCompilation built = lab.Compile(Graphs.Chain(Square, "Add w", "Relu", "Abs", "Tanh", "Mul w"));
        Assert.Equal(["Relu_1", "Tanh_3"], built.Report.Moved.Select(m => m.Node).Order());
        Assert.Equal([1, 1, 1], built.Report.Groups.Select(g => g.Nodes));
        Assert.All(built.Report.Groups, g => Assert.Equal("built", g.Source));
    }

    [MockFact]
    public void A_group_that_needs_too_much_memory_is_retried_alone_then_falls_back()
    {
        EngineLab lab = new();
        Model model = Graphs.Chain(Square, "Add w", "Relu");
        lab.Mock.Fail("memory:Relu_1", 1);
        Assert.Equal("built", Assert.Single(lab.Compile(model).Report.Groups).Source);
        lab.Mock.Fail("memory:Relu_1", int.MaxValue);
        BuildReport report = lab.Compile(model).Report;
        Assert.Contains("too little device memory", Assert.Single(report.Groups).Reason, StringComparison.Ordinal);
        Assert.Empty(report.Moved);
        Assert.Equal("GP4019", Assert.Single(report.Warnings).Code.Id);
    }

    [MockFact]
    public void As_many_groups_are_built_at_once_as_the_memory_takes()
    {
        EngineLab lab = new();
        Model model = Graphs.Chain(Square, "Add w", "Softmax", "Sub w", "Softmax", "Mul w", "Softmax", "Max w", "Softmax", "Min w");
        lab.Mock.Fail("slow", 150); // milliseconds
        // A build is taken to need 256 MiB, and nine tenths of what is free may be used.
        foreach ((long free, int jobs, long most) in new[] { (1L << 26, 4, 1L), (600L << 20, 4, 2L), (4L << 30, 3, 3L), (4L << 30, 1, 1L) })
        {
            EngineLab.SetDriver("limit", free);
            lab.Mock.Fail("forget builds at once");
            lab.Mock.Fail("gather", (int)most); // so many come, sooner or later; "slow" is for one too many to show
            Assert.Equal(5, lab.Compile(model, options: new EngineOptions { Jobs = jobs }).Report.Groups.Count(g => g.Source == "built"));
            Assert.Equal(most, lab.Mock.Value("builds at once"));
        }
        lab.AssertClean();
    }

    [MockTheory]
    [InlineData("createInferBuilder", "GP4006")]
    [InlineData("createNetworkV2", "GP4006")]
    [InlineData("createNvOnnxParser", "GP4006")]
    [InlineData("createBuilderConfig", "GP4006")]
    [InlineData("buildSerializedNetwork", "GP4008")]
    public void Without_a_builder_the_model_compiles_without_engines_unless_they_are_required(string function, string code)
    {
        EngineLab lab = new();
        Model model = Graphs.Chain(Square, "Add w", "Relu", "Abs");
        lab.Mock.Fail(function, int.MaxValue);
        EngineCompilation built = lab.Compile(model);
        Assert.Contains(code, Assert.Single(built.Report.Groups).Reason, StringComparison.Ordinal);
        Assert.Empty(built.Report.Moved);
        Assert.Null(TestRun.Difference(TestRun.RunPlain(OnnxWriter.ToBytes(model), Input), lab.Run(built.Compiled, Input)));
        var failure = Assert.Throws<EnvironmentException>(() => lab.Compile(model, options: new EngineOptions { IsRequired = true }));
        Assert.Equal("GP4020", failure.Diagnostic.Code.Id);
        Assert.Contains(code, failure.Message, StringComparison.Ordinal);
        lab.AssertClean();
    }

    [MockFact]
    public void The_cache_returns_equal_groups_and_distinguishes_others()
    {
        EngineLab lab = new();
        using TemporaryFolder folder = new();
        EngineOptions options = new() { Cache = new EngineCache(folder.Path), TimingFolder = folder.File("timings"), Jobs = 3 };
        Model model = Graphs.Chain(Square, "Add w", "Relu", "Softmax", "Mul w", "Softmax", "Abs");
        string[] Keys(Model m, EngineOptions o, string source)
        {
            var groups = lab.Compile(m, options: o).Report.Groups;
            Assert.All(groups, g => Assert.Equal(source, g.Source));
            return [.. groups.Select(g => g.Key)];
        }

        string[] keys = Keys(model, options, "built");
        Assert.Equal(3, keys.Distinct().Count());
        Assert.Equal(keys, Keys(model, options, "cache"));
        Assert.Equal(keys, Keys(model, options with { Build = new BuildOptions { MaxThreads = 2 } }, "cache"));
        BuildOptions[] different =
        [
            new() { Precision = Precision.Fp16 }, new() { Tf32 = false }, new() { WorkspaceBytes = 1 << 20 },
            new() { OptimizationLevel = 2 },
            new() { HardwareCompatibility = HardwareCompatibility.AmperePlus }, new() { VersionCompatible = true },
                new() { Refittable = true },
            new() { StripWeights = true }, new() { SparseWeights = true }, new() { Profiling = ProfilingDetail.Detailed },
                new() { MaxAuxStreams = 1 },
        ];
        foreach (BuildOptions build in different) Assert.Empty(keys.Intersect(Keys(model, options with { Build = build }, "built")));
        Assert.Single(Directory.GetFiles(folder.File("timings"), "*.timing"));

        // Names do not count, weights do: the second group of another model has the same key only where its weight is the same.
        Model renamed = Graphs.Chain(Square, "Add w", "Relu", "Softmax", "Mul w", "Softmax", "Abs", "Softmax");
        Assert.Equal(keys, Keys(renamed, options, "cache"));
        Assert.NotEqual(keys[0], lab.Compile(Graphs.Chain(Square, "Abs", "Add w", "Softmax"), options: options).Report.Groups[0].Key);
    }

    [MockFact]
    public void One_builder_serves_a_compile_and_none_is_created_if_all_engines_are_in_the_cache()
    {
        EngineLab lab = new();
        using TemporaryFolder folder = new();
        long Created(EngineOptions options, string source)
        {
            long before = lab.Mock.Value("calls:createInferBuilder") ?? 0;
            Model model = Graphs.Chain(Square, "Add w", "Relu", "Abs");
            Assert.Equal(source, Assert.Single(lab.Compile(model, options: options).Report.Groups).Source);
            return (lab.Mock.Value("calls:createInferBuilder") ?? 0) - before;
        }
        EngineOptions options = new() { Cache = new EngineCache(folder.Path) };
        Assert.Equal(1, Created(options, "built"));
        Assert.Equal(0, Created(options, "cache"));
        lab.AssertClean();
    }

    [MockFact]
    public void Sizes_after_a_declared_operator_come_from_its_declaration()
    {
        EngineLab lab = new();
        ReadOnlySpan<byte> declaration =
            """[{ "operator": "acme::Keep", "outputs": ["same as input 0"], "reason": "it has no plugin" }]"""u8;
        OperatorTable operators = OperatorTable.Default.With(OperatorsFile.Parse(declaration, "operators"));
        var builder = new GraphBuilder(operators) { Name = "declared" };
        Value x = builder.Input("x", IrType.Tensor(ElementType.Float32, new Shape("n", 3)));
        Value twice = builder.Add("Concat", [x, x], ["twice"], AttributeMap.Of(("axis", 0L)), "concat").Outputs[0]!;
        Value kept = builder.Add(new OpName("acme", "Keep"), [twice], ["kept"], null, "keep").Outputs[0]!;
        Model model = Graphs.Of(builder, builder.Add("Abs", [kept], ["y"], null, "abs").Outputs[0]!);
        CompileOptions plan = new()
        { SupportPolicy = SupportPolicy.Parse("table", operators, TensorRtTarget.Default), Passes = Pipeline.None };
        GroupReport Last(OperatorTable known) => new EngineCompiler(
            lab.Machine, new EngineOptions { Shapes = Graphs.UpToFourRows, Operators = known })
            .Compile(new ModelCompiler(operators, plan).Plan(model)).Report.Groups[^1];
        Assert.Equal("built", Last(operators).Source);
        Assert.Equal("built", Last(OperatorTable.Default).Source); // the types of the plan keep it
        lab.AssertClean();
    }

    [MockFact]
    public void A_cancelled_compile_stops()
    {
        EngineLab lab = new();
        using CancellationTokenSource source = new();
        EngineOptions options = new()
        {
            Progress = new Receiver(
            p => { if (p.What.StartsWith("Tactics", StringComparison.Ordinal)) source.Cancel(); })
        };
        Assert.ThrowsAny<OperationCanceledException>(
            () => lab.Compile(Graphs.Chain(Square, "Add w", "Relu"), options: options, cancellation: source.Token));
        lab.AssertClean();
    }

    [MockFact]
    public void Options_that_the_release_lacks_are_the_users_to_change()
    {
        EngineLab lab = new("trt8_5_3");
        EngineOptions options = new() { Build = new BuildOptions { OptimizationLevel = 3, Precision = Precision.Bf16 } };
        var faults = Assert.Throws<ModelException>(() => lab.Compile(Graphs.Chain(Square, "Relu"), options: options)).Diagnostics;
        Assert.Equal(["GP4009", "GP4009"], faults.Select(d => d.Code.Id));
    }

    private sealed class Receiver(Action<EngineProgress> action) : IProgress<EngineProgress>
    {
        public void Report(EngineProgress value) => action(value);
    }
}
