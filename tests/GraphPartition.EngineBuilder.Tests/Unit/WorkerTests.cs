using System.Diagnostics;
using Google.Protobuf;
using GraphPartition.EngineBuilder.Builders;
using GraphPartition.EngineBuilder.Builders.Wire;
using GraphPartition.EngineBuilder.Tests.Support;
using GraphPartition.Foundation;
using GraphPartition.Ir.Graphs;
using GraphPartition.Ir.Tensors;
using GraphPartition.Ir.Types;
using GraphPartition.Onnx.Reading;
using GraphPartition.Onnx.Writing;
using GraphPartition.Operators;
using GraphPartition.Runtime.Options;
using GraphPartition.TensorRt.Build;
using GraphPartition.TensorRt.Cache;
using Microsoft.Extensions.Logging;
using Xunit;

namespace GraphPartition.EngineBuilder.Tests.Unit;

/// <summary>Engines from a worker process, and what its end costs.</summary>
public sealed class WorkerTests
{
    private static readonly Shape Square = Shape.Of(2, 3);

    private static Dictionary<string, DataValue> Input => new() { ["x"] = Graphs.Floats(2, 3) };

    private static EngineOptions Options(WorkerOptions worker) => new() { Worker = worker, BuildTimeout = TimeSpan.FromSeconds(30) };

    /// <summary>Three groups, since the mock does not know Softmax.</summary>
    private static Model Three() => Graphs.Chain(Square, "Add w", "Relu", "Softmax", "Mul w", "Tanh", "Softmax", "Abs", "Neg");

    [MockTheory]
    [InlineData("trt8_5_3")]
    [InlineData("trt10_16")]
    [InlineData("rtx1_6")]
    public void A_worker_builds_what_this_process_builds(string layout)
    {
        EngineLab lab = new(layout);
        Model model = Three();
        EngineCompilation here = lab.Compile(model), there = lab.Compile(model, options: Options(Workers.With("noisy=1")));
        Assert.Equal(here.Report.Groups.Select(g => (g.Nodes, g.Source, g.Key, g.Bytes)),
            there.Report.Groups.Select(g => (g.Nodes, g.Source, g.Key, g.Bytes)));
        Assert.Equal([.. here.Report.Moved], (MovedNode[])[.. there.Report.Moved]);
        Assert.Equal([.. here.Report.Warnings], (Diagnostic[])[.. there.Report.Warnings]);
        Assert.Null(TestRun.Difference(TestRun.RunPlain(OnnxWriter.ToBytes(model), Input),
            lab.Run(there.Compiled, Input, EngineMode.Required)));
        lab.AssertClean();
    }

    [MockTheory]
    [InlineData("crash", "SIGSEGV")]
    [InlineData("abort", "SIGABRT")]
    public void A_crash_over_one_node_moves_that_node_only(string kind, string signal)
    {
        EngineLab lab = new();
        EngineCompilation built = lab.Compile(Three(), options: Options(Workers.With($"{kind}:Tanh_4=1")));
        MovedNode moved = Assert.Single(built.Report.Moved, m => m.By == "build");
        Assert.Equal("Tanh_4", moved.Node);
        Assert.Contains(signal, moved.Reason, StringComparison.Ordinal);
        Assert.Contains("mock", moved.Reason, StringComparison.Ordinal); // its last words
        Assert.Equal(3, built.Report.Groups.Count(g => g.Source == "built"));
    }

    [MockFact]
    public void A_parser_that_crashes_over_one_node_moves_that_node_only()
    {
        EngineLab lab = new();
        EngineCompilation built = lab.Compile(Three(), options: Options(Workers.With("parser crash:Mul_3=1")));
        MovedNode moved = Assert.Single(built.Report.Moved, m => m.Op == "Mul");
        Assert.Contains("SIGSEGV", moved.Reason, StringComparison.Ordinal);
        Assert.Equal(3, built.Report.Groups.Count(g => g.Source == "built"));
    }

    [MockTheory]
    [InlineData("hang:Tanh_4=1", "GP4041", "no result within")]
    [InlineData("eat:Tanh_4=1", "GP4042", "MiB of memory")]
    public void A_hang_and_a_build_without_measure_cost_their_group_only(string failing, string code, string reason)
    {
        EngineLab lab = new();
        EngineOptions options = new()
        {
            Worker = Workers.With(failing) with { MemoryBytes = 600L << 20 },
            BuildTimeout = TimeSpan.FromSeconds(failing.StartsWith("eat", StringComparison.Ordinal) ? 60 : 3),
        };
        BuildReport report = lab.Compile(Three(), options: options).Report;
        GroupReport lost = Assert.Single(report.Groups, g => g.Source == "none");
        Assert.Contains(code, lost.Reason, StringComparison.Ordinal);
        Assert.Contains(reason, lost.Reason, StringComparison.Ordinal);
        Assert.Equal(2, report.Groups.Count(g => g.Source == "built"));
        Assert.All(report.Moved, m => Assert.Equal("Softmax", m.Op));
    }

    [MockFact]
    public void A_parser_that_hangs_costs_the_group_that_it_checks()
    {
        EngineLab lab = new();
        EngineOptions options = new() { Worker = Workers.With("parser hang:Tanh_1=1"), BuildTimeout = TimeSpan.FromSeconds(2) };
        BuildReport report = lab.Compile(Graphs.Chain(Square, "Relu", "Tanh"), options: options).Report;
        Assert.Contains("GP4041", Assert.Single(report.Groups).Reason, StringComparison.Ordinal);
        Assert.Empty(report.Moved);
    }

    [MockTheory]
    [InlineData("crash")]
    [InlineData("hang")]
    public void What_happens_once_costs_nothing(string kind)
    {
        EngineLab lab = new();
        using TemporaryFolder folder = new();
        EngineOptions options = new()
        {
            Worker = Workers.With("", $"GP_MOCK_FAULT=60:{kind}:{folder.File("once")}"),
            BuildTimeout = TimeSpan.FromSeconds(3),
        };
        BuildReport report = lab.Compile(Three(), options: options).Report;
        Assert.True(File.Exists(folder.File("once")));
        Assert.All(report.Groups, g => Assert.Equal("built", g.Source));
        Assert.All(report.Moved, m => Assert.Equal("Softmax", m.Op));
    }

    [MockTheory]
    [InlineData("constructor aborts=1", "GP4006", "SIGABRT")]
    [InlineData("createInferBuilder=100", "GP4006", "null")]
    [InlineData("refit crashes=1", "GP4040", "SIGSEGV")]
    public void A_machine_that_cannot_build_is_named_once_and_no_node_moves(string failing, string code, string reason)
    {
        EngineLab lab = new();
        EngineOptions options = Options(Workers.With(failing)) with { Build = new BuildOptions { Refittable = true } };
        Model model = Graphs.Chain(Square, "Add w", "Relu", "Tanh");
        BuildReport report = lab.Compile(model, options: options).Report;
        GroupReport lost = Assert.Single(report.Groups);
        Assert.True(lost.Reason!.Contains(code, StringComparison.Ordinal) || lost.Reason.Contains("GP4034", StringComparison.Ordinal), lost.Reason);
        Assert.Contains(reason, lost.Reason, StringComparison.Ordinal);
        Assert.Empty(report.Moved);
        Assert.Throws<EnvironmentException>(() => lab.Compile(model, options: options with { IsRequired = true }));
    }

    [MockFact]
    public void A_device_that_disappears_is_to_blame_not_the_nodes()
    {
        EngineLab lab = new();
        GroupReport gone = Assert.Single(lab.Compile(Graphs.Chain(Square, "Add w", "Relu"),
            options: Options(Workers.With("", "GP_MOCK_DEVICES=0"))).Report.Groups);
        Assert.Contains("GP4004", gone.Reason, StringComparison.Ordinal);

        // In the middle of a build, too: the next worker has a new context, so the others are built.
        BuildReport report = lab.Compile(Three(), options: Options(Workers.With("lost:Tanh_4=1"))).Report;
        MovedNode moved = Assert.Single(report.Moved, m => m.By == "build");
        Assert.Equal("Tanh_4", moved.Node);
        Assert.Contains("the device failed", moved.Reason, StringComparison.Ordinal);
        Assert.Equal(3, report.Groups.Count(g => g.Source == "built"));
    }

    [MockFact]
    public void Large_models_and_engines_go_through_files_without_names()
    {
        EngineLab lab = new();
        using TemporaryFolder folder = new();
        var builder = new GraphBuilder(OperatorTable.Default) { Name = "large" };
        Value x = builder.Input("x", IrType.Tensor(ElementType.Float32, Shape.Of(2, 300_000)));
        Value w = builder.Constant("w", TensorData.Floats([.. Enumerable.Range(0, 300_000).Select(i => i / 7f)], 300_000));
        Model model = Graphs.Of(builder, builder.Add("Add", [x, w], ["y"], null, "add").Outputs[0]!);
        GroupReport large = Assert.Single(lab.Compile(model,
            options: Options(Workers.With("", $"TMPDIR={folder.Path}"))).Report.Groups);
        Assert.Equal("built", large.Source);
        Assert.True(large.Bytes > WorkerProtocol.InlineBytes, $"{large.Bytes}");
        Assert.Equal(Assert.Single(lab.Compile(model).Report.Groups).Bytes, large.Bytes);
        Assert.DoesNotContain(Directory.GetFileSystemEntries(folder.Path, "*", SearchOption.AllDirectories),
            f => !f.Contains("dotnet", StringComparison.Ordinal) && !f.Contains("clr-debug", StringComparison.Ordinal));
    }

    [MockFact]
    public void The_messages_of_TensorRT_and_its_progress_arrive()
    {
        EngineLab lab = new();
        Recorder recorder = new();
        List<string> steps = [];
        EngineOptions options = Options(Workers.With()) with
        {
            Logger = recorder,
            Progress = new Receiver(p => steps.Add(p.What)),
        };
        lab.Compile(Graphs.Chain(Square, "Add w", "Relu"), options: options);
        Assert.Contains("TensorRT: building", recorder.Messages);
        Assert.Contains(recorder.Messages, m => m.Contains('ä', StringComparison.Ordinal));
        Assert.Contains(steps, s => s.StartsWith("Building", StringComparison.Ordinal));
    }

    [MockFact]
    public void A_cancelled_build_ends_within_a_second()
    {
        EngineLab lab = new();
        using CancellationTokenSource source = new();
        long cancelled = 0;
        EngineOptions options = Options(Workers.With("slow=60000")) with
        {
            Progress = new Receiver(p =>
            {
                if (p.Build is null || cancelled != 0) return;
                cancelled = Stopwatch.GetTimestamp();
                source.Cancel();
            }),
        };
        Assert.ThrowsAny<OperationCanceledException>(
            () => lab.Compile(Graphs.Chain(Square, "Add w", "Relu"), options: options, cancellation: source.Token));
        Assert.InRange(Stopwatch.GetElapsedTime(cancelled).TotalSeconds, 0, 1);
    }

    [MockFact]
    public void A_compile_from_the_cache_starts_no_worker()
    {
        EngineLab lab = new();
        using TemporaryFolder folder = new();
        EngineOptions options = Options(Workers.With()) with { Cache = new EngineCache(folder.Path) };
        EngineCompilation first = lab.Compile(Three(), options: options);
        EngineOptions none = options with { Worker = new("/nonexistent/worker", []) };
        EngineCompilation second = lab.Compile(Three(), options: none);
        Assert.All(second.Report.Groups, g => Assert.Equal("cache", g.Source));
        Assert.Equal([.. first.Report.Moved], (MovedNode[])[.. second.Report.Moved]); // the answers of the parser are kept, too
        Assert.Equal([.. first.Report.Warnings], (Diagnostic[])[.. second.Report.Warnings]);
        Assert.Equal(3, options.Cache.List().Count);
        options.Cache.Prune(0);
        Assert.Empty(Directory.GetFiles(folder.Path, "*.answer", SearchOption.AllDirectories));
    }

    [MockFact]
    public void A_worker_that_cannot_be_used_is_named_and_every_group_falls_back()
    {
        EngineLab lab = new();
        using TemporaryFolder folder = new();
        string Script(string name, string text)
        {
            File.WriteAllText(folder.File(name), $"#!/bin/sh\n{text}\n");
            Process.Start("chmod", ["+x", folder.File(name)]).WaitForExit();
            return folder.File(name);
        }
        byte[] Introduction(Hello hello, int cut = 0)
        {
            using MemoryStream bytes = new();
            bytes.Write(WorkerProtocol.Magic);
            hello.WriteDelimitedTo(bytes);
            return bytes.ToArray()[..^cut];
        }
        File.WriteAllBytes(folder.File("other"), Introduction(new Hello { Protocol = WorkerProtocol.Version + 1, Version = "9.9.9" }));
        File.WriteAllBytes(folder.File("cut"), Introduction(WorkerProtocol.Mine, cut: 3));
        File.WriteAllBytes(folder.File("same"), Introduction(WorkerProtocol.Mine));
        (WorkerOptions Worker, string Code, string Reason)[] workers =
        [
            (new("/nonexistent/worker", []), "GP4043", "cannot be started"),
            (new("sh", ["-c", "echo told why >&2; exit 3"]), "GP4043", "exit code 3"),
            (new("sh", ["-c", "echo told why >&2; exit 3"]), "GP4043", "told why"),
            (new("sh", ["-c", "echo this is another program"]), "GP4043", "does not come from a worker"),
            (new("sleep", ["60"]) { StartLimit = TimeSpan.FromSeconds(0.5) }, "GP4043", "did not answer"),
            (new(Script("a", $"cat '{folder.File("other")}'; sleep 60"), []), "GP4043", "version 9.9.9"),
            (new(Script("b", $"cat '{folder.File("cut")}'"), []), "GP4043", "cut off"),
            (new(Script("c", $"cat '{folder.File("same")}'"), []), "GP4006", "creating a builder: the engine worker crashed"),
            (new(Script("d", $"cat '{folder.File("same")}'; head -c 1; printf '\\377\\377garbage'"), []), "GP4006", "creating a builder"),
        ];
        foreach ((WorkerOptions worker, string code, string reason) in workers)
        {
            GroupReport lost = Assert.Single(lab.Compile(Graphs.Chain(Square, "Add w", "Relu"), options: Options(worker)).Report.Groups);
            Assert.Contains(code, lost.Reason, StringComparison.Ordinal);
            Assert.Contains(reason, lost.Reason, StringComparison.Ordinal);
        }
    }

    [MockFact]
    public void A_worker_ends_with_its_parent_even_in_a_build_that_hangs()
    {
        using TemporaryFolder folder = new();
        string model = folder.File("m.onnx");
        OnnxWriter.Write(Graphs.Chain(Square, "Add w", "Relu"), model);
        Process parent = GpcOnMocks.Start(MockCompiler.TensorRt("trt10_16"), "hang:Relu_1=1", "env",
            [$"TMPDIR={folder.Path}", "dotnet", GpcOnMocks.Library, "compile", model, "-o", folder.File("c.onnx"), "--engine-cache", folder.File("cache"), "--passes", "none"]);
        string[] Children() => [.. Directory.GetDirectories($"/proc/{parent.Id}/task").Select(task => Path.Combine(task, "children"))
            .Where(File.Exists).SelectMany(f => File.ReadAllText(f).Split(' ', StringSplitOptions.RemoveEmptyEntries))];
        string[] workers = [];
        for (int i = 0; i < 600 && !(Directory.Exists(folder.File("cache/locks")) && (workers = Children()).Length > 0); i++) Thread.Sleep(50);
        Thread.Sleep(500); // it hangs
        parent.Kill();
        GpcOnMocks.Finish(parent);
        Assert.NotEmpty(workers);
        for (int i = 0; i < 100 && workers.Any(IsAlive); i++) Thread.Sleep(50);
        Assert.All(workers, w => Assert.False(IsAlive(w), w));
        static bool IsAlive(string process)
        {
            try
            {
                return !File.ReadAllText($"/proc/{process}/stat").Contains(") Z", StringComparison.Ordinal); // a zombie has ended
            }
            catch (IOException)
            {
                return false;
            }
        }
    }

    private sealed class Receiver(Action<EngineProgress> action) : IProgress<EngineProgress>
    {
        public void Report(EngineProgress value) => action(value);
    }

    private sealed class Recorder : ILogger
    {
        public List<string> Messages { get; } = [];

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            lock (Messages) Messages.Add(formatter(state, exception));
        }
    }
}
