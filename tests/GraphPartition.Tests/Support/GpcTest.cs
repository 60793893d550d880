using System.Text.Json;
using GraphPartition.Compiler.Import;
using GraphPartition.Ir.Graphs;
using GraphPartition.Operators;
using GraphPartition.TestModels.Graphs;
using Xunit;

namespace GraphPartition.Tests.Support;

/// <summary>A test of the command line: a folder for its files, a model, and what commands answer.</summary>
public abstract class GpcTest : IDisposable
{
    /// <summary>A checked-in model, some of whose operators TensorRT lacks.</summary>
    private protected static string Mixed { get; } = Checkout.PathOf("testmodels", "mixed.onnx");

    private protected TemporaryFolder Folder { get; } = new();

    public void Dispose()
    {
        Folder.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>A command that must do.</summary>
    private protected static GpcProcess.Outcome Ok(params string[] arguments) => ExpectCode(0, arguments);

    /// <summary>What a command that must do prints as JSON.</summary>
    private protected static JsonElement Json(params string[] arguments) =>
        JsonDocument.Parse(Ok([.. arguments, "--json"]).Output).RootElement;

    /// <summary>A command that must say a code, and what to do about it.</summary>
    private protected static GpcProcess.Outcome Refused(string code, params string[] arguments)
    {
        GpcProcess.Outcome outcome = ExpectCode(2, arguments);
        Assert.Contains(code, outcome.Errors, StringComparison.Ordinal);
        Assert.Contains("remedy:", outcome.Errors, StringComparison.Ordinal);
        return outcome;
    }

    private protected static Model SomeModel() => RandomModel.FromCodes([11, 6, 12 + 14, 13, 25, 39, 1000, 2011], OperatorTable.Default);

    /// <summary>Writes a model into the folder.</summary>
    private protected string Save(Model model)
    {
        string path = Folder.File("model.onnx");
        ModelFile.Write(model, path);
        return path;
    }

    /// <summary>Writes a marked graph as a model (<see cref="MarkedModel"/>); the arguments that plan it as it is marked.</summary>
    private protected string[] Save(MarkedGraph marked)
    {
        string support = Folder.File("support.txt");
        File.WriteAllLines(support, Enumerable.Range(0, marked.Supported.Length).Where(n => marked.Supported[n]).Select(n => $"node n{n}"));
        return [Save(MarkedModel.Of(marked)), "--support", support, "--passes", "none"];
    }

    private static GpcProcess.Outcome ExpectCode(int code, string[] arguments)
    {
        GpcProcess.Outcome outcome = GpcProcess.Run(arguments);
        Assert.True(outcome.ExitCode == code, $"gpc {string.Join(' ', arguments)}: {outcome}");
        return outcome;
    }
}
