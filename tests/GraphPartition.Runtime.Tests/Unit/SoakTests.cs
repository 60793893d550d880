using GraphPartition.Benchmarks;
using GraphPartition.CompiledModels;
using GraphPartition.Ir.Graphs;
using GraphPartition.Onnx.Writing;
using GraphPartition.Operators;
using GraphPartition.Runtime.Options;
using GraphPartition.TestModels;
using Microsoft.ML.OnnxRuntime;

namespace GraphPartition.Runtime.Tests.Unit;

/// <summary>Tests that look at the memory of the whole process: nothing else may run beside them.</summary>
[CollectionDefinition("alone", DisableParallelization = true)]
public sealed class Alone;

/// <summary>A short form of <c>benchmarks soak</c>.</summary>
[Collection("alone")]
public sealed class SoakTests
{
    private static readonly long[] Image = [1, 1, 32, 32];

    [Theory]
    [InlineData(true, "groups kept")]
    [InlineData(true, "planned")]
    [InlineData(true, "file")]
    [InlineData(false, "groups kept")]
    [InlineData(false, "planned")]
    [InlineData(false, "file")]
    public void Many_threads_get_right_answers_with_cancelled_requests(bool batches, string kind)
    {
        Model model = ModelZoo.Find("lenet")!.Build(new() { Batch = "n", Rules = OperatorTable.Default });
        using var plain = new InferenceSession(OnnxWriter.ToBytes(model));
        CompiledModel compiled = Partitions.Compile(model, "random:1:0.5");
        var options = new ModelSessionOptions { Threads = 1, Contexts = 3, KeepGroups = kind == "groups kept" };
        using var folder = new TemporaryFolder();
        string file = folder.File("compiled.onnx");
        CompiledModelFormat.Write(compiled, file);
        using ModelSession session = kind == "file" ? ModelSession.Load(file, options) : ModelSession.Create(compiled, options);
        using var soak = new SoakRun(session, plain, Image, new(Runs: 2000, Threads: 16, CancelledShare: 0.2, batches));
        SoakReport report = soak.Run();
        Assert.Empty(report.Faults);
        Assert.Equal(2000, report.Answered + report.Cancelled);
        Assert.Equal(10, report.Marks.Count);
        Assert.True(report.Cancelled > 0, "no request was given up");
        Assert.True(report.GrownManagedMegabytes < 2, $"the managed heap has grown by {report.GrownManagedMegabytes:F2} MB");
        if (batches) Assert.True(report.MeanBatch > 1, "nothing was put together");
    }

    [Fact]
    public void A_wrong_answer_is_found()
    {
        Model model = ModelZoo.Find("lenet")!.Build(new() { Batch = "n", Rules = OperatorTable.Default });
        Model other = ModelZoo.Find("lenet")!.Build(new() { Batch = "n", Rules = OperatorTable.Default, Seed = 2 });
        using var plain = new InferenceSession(OnnxWriter.ToBytes(other));
        using ModelSession session = ModelSession.Create(Partitions.Compile(model, "all"), new() { Threads = 1 });
        using var soak = new SoakRun(session, plain, Image, new(Runs: 50, Threads: 2, CancelledShare: 0, Batches: false));
        Assert.Contains(soak.Run().Faults, f => f.Contains("expected", StringComparison.Ordinal));
    }
}
