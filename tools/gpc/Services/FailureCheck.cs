using System.Diagnostics;
using System.Text.RegularExpressions;
using GraphPartition.Compiler.Import;
using GraphPartition.Foundation;
using GraphPartition.Gpc.Requests;
using GraphPartition.Ir.Graphs;

namespace GraphPartition.Gpc.Services;

/// <summary>
/// Whether a model fails in the way of a first model: it has too many engines, or a command ends with the same exit code and the same
/// diagnostic. Commands run in processes of their own, so a crash is a failure like any other. A command that runs much longer than for
/// the first model is stopped, and its model does not count.
/// </summary>
internal sealed partial class FailureCheck : IDisposable
{
    private const int FirstSignal = 128; // exit codes of processes that a signal ended
    private const int LeastLimit = 30_000, Patience = 10; // milliseconds; times the first run

    private readonly string _what;
    private readonly ModelRequest _request;
    private readonly string _folder = Directory.CreateTempSubdirectory("gpc-reduce-").FullName;
    private readonly string[] _options;
    private readonly int? _engines;
    private (int Code, string Diagnostic)? _first;
    private int _limit = Timeout.Infinite;

    /// <summary>A check.</summary>
    /// <param name="what"><c>engines>N</c>, <c>differs</c>, <c>crash</c>, <c>refused</c>, or a shell command in which {model} is the
    /// file.</param>
    /// <param name="request">How models are planned.</param>
    /// <param name="options">The same for a process: options of the command line.</param>
    /// <exception cref="ModelException">GP3012: a command without {model}.</exception>
    public FailureCheck(string what, ModelRequest request, string[] options)
    {
        (_what, _request, _options) = (what, request, options);
        if (Engines().Match(what) is { Success: true } engines) _engines = int.Parse(engines.Groups[1].Value);
        else if (what is not ("differs" or "crash" or "refused") && !what.Contains("{model}", StringComparison.Ordinal))
            throw GpcCodes.BadOption.Error("--check", "it takes engines>N, differs, crash, refused, or a command with {model} in place of the file");
    }

    /// <summary>What the command printed for the last model that failed; empty where no command ran.</summary>
    public string Output { get; private set; } = "";

    /// <summary>Whether a model fails. The first model that does decides how the others have to.</summary>
    public bool Fails(Model model)
    {
        try
        {
            string path = Path.Combine(_folder, "model.onnx");
            ModelFile.Write(model, path);
            if (_engines is { } most)
                return new ModelService(_request with { Path = path }, _ => { }).Plan().Compilation.Plan.Cut.AllGroups.Count() > most;
            if (Run(path) is not { } run) return false;
            (int Code, string Diagnostic) outcome = (run.Code, Code().Match(run.Errors).Value);
            bool counts = outcome.Code != 0 && _what switch
            {
                "differs" => outcome.Code == (int)ExitCode.OutputsDiffer,
                "crash" => outcome.Code is >= FirstSignal or (int)ExitCode.InternalError,
                "refused" => outcome.Code is (int)ExitCode.BadInput or (int)ExitCode.Environment,
                _ => true,
            };
            if (!counts) return false;
            _first ??= outcome;
            if (outcome != _first) return false;
            Output = $"exit code {run.Code}\n{run.Errors}";
            return true;
        }
        catch (Exception e) when (e is ModelException or EnvironmentException or InternalCompilerException)
        {
            return false; // a part that is not a model
        }
    }

    /// <inheritdoc/>
    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private (int Code, string Errors)? Run(string path)
    {
        (string file, string[] arguments) = _what switch
        {
            "differs" => ThisProgram.With(["run", path, "--keep-groups", .. _options]),
            "crash" => ThisProgram.With(["run", path, .. _options]),
            "refused" => ThisProgram.With(["compile", path, "-o", Path.Combine(_folder, "out.onnx"), "--engines", "off", .. _options]),
            _ => ("/bin/sh", ["-c", _what.Replace("{model}", $"'{path}'", StringComparison.Ordinal)]),
        };
        ProcessStartInfo start = new(file, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        var clock = Stopwatch.StartNew();
        using Process process = Process.Start(start)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync(), errors = process.StandardError.ReadToEndAsync();
        if (!process.WaitForExit(_limit))
        {
            process.Kill(entireProcessTree: true);
            process.WaitForExit();
            return null;
        }
        Task.WaitAll(output, errors);
        if (_limit == Timeout.Infinite) _limit = (int)Math.Min(int.MaxValue, Math.Max(LeastLimit, Patience * clock.ElapsedMilliseconds));
        return (process.ExitCode, errors.Result);
    }

    [GeneratedRegex(@"^engines\s*>\s*([0-9]{1,6})\z")]
    private static partial Regex Engines();

    [GeneratedRegex("GP[0-9]{4}(?= error)")]
    private static partial Regex Code();
}
