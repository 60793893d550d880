using System.Diagnostics;
using System.IO.Compression;
using System.Text.RegularExpressions;
using GraphPartition.Compiler.Import;
using GraphPartition.Foundation;
using GraphPartition.Gpc.Inputs;
using GraphPartition.Gpc.Requests;
using GraphPartition.Ir.Graphs;
using GraphPartition.Onnx.Reading;
using GraphPartition.Onnx.TestData;
using GraphPartition.Operators;
using GraphPartition.Runtime.Ort;

namespace GraphPartition.Gpc.Services;

/// <summary>
/// A model that fails, as a zip file for somebody else: with inputs, plan, versions and log, without paths of this
/// machine.
/// </summary>
/// <param name="model">The model.</param>
/// <param name="what">How it fails: the value of <c>--check</c>.</param>
/// <param name="request">How it is planned.</param>
internal sealed partial class Reproducer(Model model, string what, ModelRequest request)
{
    /// <summary>The first argument of the child that makes inputs: the model may crash there.</summary>
    public const string Verb = "write-inputs";

    /// <summary>How it was reduced.</summary>
    public required string Log { get; init; }

    /// <summary>What the failing command printed.</summary>
    public required string Output { get; init; }

    /// <summary>Writes the zip file, which appears when it is complete.</summary>
    public void Write(string path)
    {
        string folder = Directory.CreateTempSubdirectory("gpc-reproducer-").FullName;
        try
        {
            string file = Path.Combine(folder, "model.onnx");
            ModelFile.Write(model with { Path = null }, file);
            Child(Verb, file, Path.Combine(folder, "test_data_set_0"));
            void Add(string name, string text) => File.WriteAllText(Path.Combine(folder, name),
                Clean(text.Replace(folder, ".", StringComparison.Ordinal)));
            Add("doctor.txt", Child("doctor"));
            Add("log.txt", $"check: {what}\n{Log}\n{Output}");
            Add("versions.txt", $"""
                gpc {typeof(Reproducer).Assembly.GetName().Version!.ToString(3)}
                ONNX Runtime {OrtEnvironment.Instance.GetVersionString()}
                .NET {Environment.Version} on {System.Runtime.InteropServices.RuntimeInformation.RuntimeIdentifier}

                """);
            Add("README.txt", $"""
                A model that was reduced by 'gpc reduce' and still fails: {what}
                model.onnx        the model
                test_data_set_0   its inputs, if some could be made up ('gpc run model.onnx --test-data test_data_set_0')
                plan.json         its plan ('gpc verify plan.json'), if it can be planned
                doctor.txt        what 'gpc doctor' says of the machine
                versions.txt      the versions of the programs
                log.txt           how it was reduced, and what the failing command printed

                """);
            try
            {
                Add("plan.json", new ModelService(request with { Path = file }, _ => { }).Plan().Compilation.ToPlanFile().ToJson());
            }
            catch (ModelException)
            {
                // A model that is refused has no plan.
            }
            AtomicFile.Write(path, stream => Pack(folder, stream));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>Packs a folder. Equal contents give equal bytes: files are in order, and have the first time that zip knows.</summary>
    private static void Pack(string folder, Stream to)
    {
        using var zip = new ZipArchive(to, ZipArchiveMode.Create, leaveOpen: true);
        foreach (string file in Directory.GetFiles(folder, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
        {
            ZipArchiveEntry entry = zip.CreateEntry(Path.GetRelativePath(folder, file).Replace('\\', '/'));
            entry.LastWriteTime = new DateTime(1980, 1, 1);
            using Stream target = entry.Open();
            using FileStream source = File.OpenRead(file);
            source.CopyTo(target);
        }
    }

    /// <summary>The child: makes up inputs of a model and writes them in ONNX test-data form.</summary>
    /// <returns>The exit code.</returns>
    /// <exception cref="ModelException">No inputs can be made up.</exception>
    public static int WriteInputs(string path, string folder)
    {
        Model model = ModelFile.Read(path, OperatorTable.Default);
        using FeedSet feeds = FeedSet.Of(new InputRequest(null, new Dictionary<string, long>()), model, path, new());
        new TestDataSet([.. model.Graph.Inputs.Where(v => feeds.Values.ContainsKey(v.Name))
            .Select(v => new NamedValue(v.Name, OrtValues.ToData(feeds.Values[v.Name], v.Type)))], []).Write(folder);
        return (int)ExitCode.Ok;
    }

    /// <summary>A text without paths and names of this machine and its user.</summary>
    public static string Clean(string text)
    {
        foreach ((string path, string name) in new[]
        {
            (AppContext.BaseDirectory.TrimEnd(Path.DirectorySeparatorChar), "<gpc>"), (Environment.CurrentDirectory, "."),
            (Path.GetTempPath().TrimEnd(Path.DirectorySeparatorChar), "<temp>"),
            (Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), "~"), (Environment.MachineName, "<machine>"),
        })
            if (path.Length > 2) text = text.Replace(path, name, StringComparison.Ordinal);
        return Home().Replace(text, "~");
    }

    private static string Child(params string[] arguments)
    {
        var (program, all) = ThisProgram.With(arguments);
        var start = new ProcessStartInfo(program, all) { RedirectStandardOutput = true, RedirectStandardError = true };
        using Process process = Process.Start(start)!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return output + errors.Result;
    }

    [GeneratedRegex(@"(/home/|/Users/|[A-Za-z]:\\Users\\)[^/\\\s'""]+")]
    private static partial Regex Home();
}
