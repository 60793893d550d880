using System.Diagnostics;
using System.Text.RegularExpressions;
using GraphPartition.Compiler.Import;
using GraphPartition.Foundation;
using GraphPartition.Gpc.Requests;
using GraphPartition.Ir.Graphs;

namespace GraphPartition.Gpc.Services;

/// <summary>
/// Whether a model fails in the way of a first model: it has too many engines, or a command ends with the same exit code and the same
/// diagnostic. Commands run in processes of their own, so a crash is a failure like any other.
/// </summary>
internal sealed partial class FailureCheck : IDisposable
{
    private const int FirstSignal = 128; // exit codes of processes that a signal ended

    private readonly string _what;
    private readonly ModelRequest _request;
    private readonly string _folder = Directory.CreateTempSubdirectory("gpc-reduce-").FullName;
    private readonly int? _engines;
    private (int Code, string Diagnostic)? _first;

    /// <summary>A check.</summary>
    /// <param name="what"><c>engines>N</c>, <c>differs</c>, <c>crash</c>, <c>refused</c>, or a shell command in which {model} is the
    /// file.</param>
    /// <param name="request">How models are planned.</param>
    /// <exception cref="ModelException">GP3012: a command without {model}.</exception>
    public FailureCheck(string what, ModelRequest request)
    {
        (_what, _request) = (what, request);
        if (Engines().Match(what) is { Success: true } engines) _engines = int.Parse(engines.Groups[1].Value);
        else if (what is not ("differs" or "crash" or "refused") && !what.Contains("{model}", StringComparison.Ordinal))
            throw GpcCodes.BadOption.Error("--check", "it takes engines>N, differs, crash, refused, or a command with {model} in place of the file");
    }

    /// <summary>Whether a model fails. The first model that does decides how the others have to.</summary>
    public bool Fails(Model model)
    {
        try
        {
            string path = Path.Combine(_folder, "model.onnx");
            ModelFile.Write(model, path);
            if (_engines is { } most)
                return new ModelService(_request with { Path = path }, _ => { }).Plan().Compilation.Plan.Cut.AllGroups.Count() > most;
            var outcome = Run(path);
            bool counts = outcome.Code != 0 && _what switch
            {
                "differs" => outcome.Code == (int)ExitCode.OutputsDiffer,
                "crash" => outcome.Code is >= FirstSignal or (int)ExitCode.InternalError,
                "refused" => outcome.Code is (int)ExitCode.BadInput or (int)ExitCode.Environment,
                _ => true,
            };
            if (!counts) return false;
            _first ??= outcome;
            return outcome == _first;
        }
        catch (Exception e) when (e is ModelException or EnvironmentException or InternalCompilerException)
        {
            return false; // a part that is not a model
        }
    }

    /// <inheritdoc/>
    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private (int Code, string Diagnostic) Run(string path)
    {
        (string file, string[] arguments) = _what switch
        {
            "differs" => ThisProgram.With("run", path, "--keep-groups"),
            "crash" => ThisProgram.With("run", path),
            "refused" => ThisProgram.With("compile", path, "-o", Path.Combine(_folder, "out.onnx"), "--engines", "off"),
            _ => ("/bin/sh", ["-c", _what.Replace("{model}", $"'{path}'", StringComparison.Ordinal)]),
        };
        ProcessStartInfo start = new(file, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        using Process process = Process.Start(start)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync(), errors = process.StandardError.ReadToEndAsync();
        process.WaitForExit();
        Task.WaitAll(output, errors);
        return (process.ExitCode, Code().Match(errors.Result).Value);
    }

    [GeneratedRegex(@"^engines\s*>\s*([0-9]{1,6})\z")]
    private static partial Regex Engines();

    [GeneratedRegex("GP[0-9]{4}(?= error)")]
    private static partial Regex Code();
}
