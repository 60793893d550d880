using System.Diagnostics;
using GraphPartition.CompiledModels;
using GraphPartition.EngineBuilder.Tests.Support;
using GraphPartition.Ir.Types;
using GraphPartition.Onnx.Writing;
using GraphPartition.TensorRt.Cache;
using Xunit;
using static GraphPartition.EngineBuilder.Tests.Support.GpcOnMocks;

namespace GraphPartition.EngineBuilder.Tests.Unit;

/// <summary>Engines that another program builds: one that pretends to be trtexec.</summary>
public sealed class BuilderCommandTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly string _model;

    public BuilderCommandTests() =>
        OnnxWriter.Write(Graphs.Chain(new Shape("n", 3), "Add w", "Relu"), _model = _folder.File("m.onnx"));

    private static string TensorRt => MockCompiler.TensorRt("trt10_16");

    private static string Unknown => MockCompiler.VersionOnly(10700, "libtensorrt_rtx.so.1"); // RTX 1.7, whose layout is not known

    private string Cache => _folder.File("cache");

    public void Dispose() => _folder.Dispose();

    /// <summary>A program that notes its arguments and does something; $e is the engine to write.</summary>
    private string Program(string text)
    {
        string path = _folder.File("trt exec"); // the name has a space
        File.WriteAllText(path, $$"""
            #!/bin/bash
            printf '%s\n' "$@" >> '{{_folder.File("arguments")}}'
            for a in "$@"; do case $a in --saveEngine=*) e=${a#--saveEngine=};; --onnx=*) o=${a#--onnx=};; esac; done
            test -s "$o" || exit 9
            {{text}}
            """);
        Process.Start("chmod", ["+x", path]).WaitForExit();
        return $"'{path}' --onnx={{onnx}} --saveEngine={{engine}} {{shapes}} {{flags}}";
    }

    private Outcome Compile(string tensorRt, string command, params string[] more) => Finish(Start(tensorRt, "", "env",
        [$"TMPDIR={_folder.Path}", "dotnet", Library, "compile", _model, "-o", _folder.File("c.onnx"), "--engine-cache", Cache, "--passes", "none",
            "--min-shapes", "x:1x3", "--opt-shapes", "x:2x3", "--max-shapes", "x:4x3", "--builder-command", command, .. more]));

    [MockFact]
    public void A_release_that_cannot_be_called_gets_engines_from_its_own_tool()
    {
        string command = Program("printf 'a plan of RTX 1.7' > \"$e\"");
        Outcome made = Compile(Unknown, command, "--refit", "--json");
        Assert.True(made.ExitCode == 0, made.ToString());
        EngineBlob engine = Assert.Single(Assert.Single(CompiledModelFormat.Read(_folder.File("c.onnx")).AllGroups).Engines);
        Assert.Equal("a plan of RTX 1.7"u8.ToArray(), engine.Data!.Bytes.ToArray());
        Assert.Equal("TensorRT-RTX 1.7.0", engine.Target.TensorRt.ToString());
        string[] arguments = File.ReadAllLines(_folder.File("arguments"));
        Assert.Equal(["--minShapes=gp_in_0:1x3", "--optShapes=gp_in_0:2x3", "--maxShapes=gp_in_0:4x3", "--refit"], arguments[2..]);

        Outcome again = Compile(Unknown, command, "--refit", "--json");
        Assert.Contains("\"source\": \"cache\"", again.Output, StringComparison.Ordinal);
        Assert.Equal(6, File.ReadAllLines(_folder.File("arguments")).Length);
        Assert.Empty(Directory.GetDirectories(_folder.Path, "graphpartition-build-*"));
    }

    [MockFact]
    public void An_engine_of_a_known_release_is_loaded_once()
    {
        Outcome own = Finish(Start(TensorRt, "", "dotnet", [Library, "compile", _model, "-o", _folder.File("own.onnx"), "--engine-cache", Cache,
            "--passes", "none", "--min-shapes", "x:1x3", "--opt-shapes", "x:2x3", "--max-shapes", "x:4x3"]));
        Assert.True(own.ExitCode == 0, own.ToString());
        EngineBlob engine = Assert.Single(Assert.Single(CompiledModelFormat.Read(_folder.File("own.onnx")).AllGroups).Engines);
        File.WriteAllBytes(_folder.File("good"), engine.Data!.Bytes.ToArray());

        Outcome made = Compile(TensorRt, Program($"cp '{_folder.File("good")}' \"$e\""), "--engines", "required");
        Assert.True(made.ExitCode == 0, made.ToString());
        Outcome run = Run(TensorRt, "run", _folder.File("c.onnx"), "--engines", "required", "--input-shapes", "x:2x3");
        Assert.True(run.ExitCode == 0, run.ToString());

        int kept = new EngineCache(Cache).List().Count;
        Outcome garbage = Compile(TensorRt, Program("head -c 5000 /dev/urandom > \"$e\"; echo done"), "--refit"); // another key
        Assert.True(garbage.ExitCode == 0, garbage.ToString());
        Assert.Contains("GP4011", garbage.Errors, StringComparison.Ordinal);
        Assert.Equal(kept, new EngineCache(Cache).List().Count);
    }

    [MockTheory]
    [InlineData("exit 0", "GP4044", "writes no engine")]
    [InlineData(": > \"$e\"", "GP4044", "the engine is empty")]
    [InlineData("echo why it failed >&2; exit 7", "GP4008", "why it failed")]
    [InlineData("kill -SEGV $$", "GP4008", "exit code 139")]
    [InlineData("sleep 60", "GP4041", "no result of the builder command within 1")]
    public void A_command_that_fails_is_named_with_what_it_printed(string text, string code, string reason)
    {
        string command = Program(text);
        Outcome auto = Compile(Unknown, command, "--build-timeout", "1");
        Assert.True(auto.ExitCode == 0, auto.ToString());
        Assert.Contains(code, auto.Errors, StringComparison.Ordinal);
        Assert.Contains(reason, auto.Errors, StringComparison.Ordinal);
        Outcome required = Compile(Unknown, command, "--build-timeout", "1", "--engines", "required");
        Assert.Equal(3, required.ExitCode);
        Assert.Contains("GP4020", required.Errors, StringComparison.Ordinal);
        Assert.Empty(new EngineCache(Cache).List());
        Assert.Empty(Directory.GetDirectories(_folder.Path, "graphpartition-build-*"));
    }

    [MockFact]
    public void A_wrong_command_is_refused_before_anything_is_built()
    {
        (string Command, string Reason)[] wrong =
        [
            ("trtexec --onnx={onnx}", "it has no {engine}"), ("trtexec --saveEngine={engine}", "it has no {onnx}"),
            ("trtexec '{onnx} {engine}", "a quote is not closed"), (" ", "it is empty"),
        ];
        foreach ((string command, string reason) in wrong)
        {
            Outcome outcome = Compile(Unknown, command);
            Assert.True(outcome.ExitCode == 2, outcome.ToString());
            Assert.Contains(reason, outcome.Errors, StringComparison.Ordinal);
        }
        Outcome missing = Compile(Unknown, "/nonexistent/trtexec {onnx} {engine}");
        Assert.Contains("it cannot be started", missing.Errors, StringComparison.Ordinal);
    }
}
