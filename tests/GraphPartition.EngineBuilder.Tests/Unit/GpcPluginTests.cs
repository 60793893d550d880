using GraphPartition.Onnx.Writing;
using Xunit;
using static GraphPartition.EngineBuilder.Tests.Support.GpcOnMocks;

namespace GraphPartition.EngineBuilder.Tests.Unit;

/// <summary><c>--plugin LIBRARY</c> together with <c>--keep-function</c> and the operators file.</summary>
public sealed class GpcPluginTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly string _model, _operators;

    public GpcPluginTests()
    {
        OnnxWriter.Write(FunctionModel.Frobnicates(), _model = _folder.File("m.onnx"));
        File.WriteAllText(_operators = _folder.File("operators.json"), """[ { "operator": "acme::Frobnicate", "tensorrt": "10.0" } ]""");
    }

    private static string TensorRt => MockCompiler.TensorRt("trt10_16");

    private static string Plugin => MockCompiler.Plugin("trt10_16", "exports", "libgpc.so");

    private string[] Compile => ["compile", _model, "-o", _folder.File("c.onnx"), "--keep-function", "acme::Frobnicate",
        "--operators", _operators, "--engine-cache", "off", "--timing-cache", "off"];

    public void Dispose() => _folder.Dispose();

    [MockFact]
    public void A_plugin_runs_a_kept_function_and_its_body_runs_where_there_is_no_plugin()
    {
        Good(Run(TensorRt, [.. Compile, "--plugin", Plugin, "--engines", "required"]));
        string compiled = _folder.File("c.onnx");
        Assert.Contains("compiled with libgpc.so (plugins)", Good(Run(null, "inspect", compiled)).Output, StringComparison.Ordinal);
        Assert.Contains("1 step)", Good(Run(TensorRt, "run", compiled, "--plugin", Plugin, "--engines", "required")).Output,
            StringComparison.Ordinal);

        Outcome without = Good(Run(TensorRt, "run", compiled));
        Assert.Contains("GP4021", without.Errors, StringComparison.Ordinal);
        Assert.Contains("libgpc.so, which is not given now (--plugin LIBRARY)", without.Errors, StringComparison.Ordinal);
        Good(Run(null, "run", compiled));
    }

    [MockFact]
    public void A_parser_rejection_blames_the_operators_file_not_the_table()
    {
        Outcome made = Good(Run(TensorRt, Compile));
        Assert.Contains("GP4031", made.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain("GP4017", made.Errors, StringComparison.Ordinal);
        Good(Run(TensorRt, "run", _folder.File("c.onnx")));
    }

    [MockFact]
    public void A_library_without_plugins_is_refused()
    {
        Outcome made = Run(TensorRt, [.. Compile, "--plugin", _model]);
        Assert.Equal(2, made.ExitCode);
        Assert.Contains("GP4030", made.Errors, StringComparison.Ordinal);
        Assert.False(File.Exists(_folder.File("c.onnx")));
        Assert.Contains("GP4030", Run(null, [.. Compile, "--plugin", _folder.File("nowhere.so")]).Errors, StringComparison.Ordinal);
    }

    private static Outcome Good(Outcome outcome)
    {
        Assert.True(outcome.ExitCode == 0, outcome.ToString());
        return outcome;
    }
}
