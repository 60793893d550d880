using System.CommandLine;
using System.Globalization;
using System.Text;
using GraphPartition.Compiler.Planning.Files;
using GraphPartition.Foundation;
using GraphPartition.Gpc.Gates;
using GraphPartition.Gpc.Options;
using GraphPartition.Gpc.Requests;
using GraphPartition.Gpc.Services;
using GraphPartition.Gpc.Views;

namespace GraphPartition.Gpc.Commands;

/// <summary><c>gpc check MODEL</c>: fails if the plan of a model breaks a limit, for CI.</summary>
internal static class CheckCommand
{
    public static Command Create()
    {
        var command = new GpcCommand("check", "Fails (exit code 1) if the plan of a model breaks a limit or is not the one in a lock file.");
        var model = new ModelArguments(command, limitsEngines: false);
        var more = new Argument<string[]>("MORE") { Description = "More models, which keep the same limits.", Arity = ArgumentArity.ZeroOrMore };
        command.Add(more);
        var maxEngines = new Option<int?>("--max-engines") { Description = "The plan has at most so many engines.", HelpName = "N" };
        var minSupported = new Option<string?>("--min-supported")
        {
            Description = "An engine may take at least this share of the nodes.",
            HelpName = "PERCENT",
        };
        var maxBoundary = new Option<string?>("--max-boundary")
        {
            Description = "At most so many bytes cross boundaries between engines and fallback, for instance 10M.",
            HelpName = "SIZE",
        };
        var lockFile = new Option<string?>("--lock") { Description = "The plan is the one in this file.", HelpName = "FILE" };
        var update = new Option<bool>("--update") { Description = "Write the lock file, new or again." };
        var sarif = Output("--sarif", "Also write the result as SARIF 2.1.");
        var junit = Output("--junit", "Also write the result as JUnit XML.");
        var markdown = Output("--markdown", "Also write the result as Markdown, for a pull request.");
        command.Add(OptionGroup.Common, maxEngines, minSupported, maxBoundary, lockFile, update, sarif, junit, markdown);
        OptionOf.Refuse(command, result => result.GetValue(lockFile) is null ? $"without {lockFile.Name}" : null, update);
        OptionOf.Refuse(command, result => result.GetValue(more) is { Length: > 0 } ? "with several models: a lock is of one" : null, lockFile);
        command.Validators.Add(result =>
        {
            if (result.GetValue(maxEngines) is null && result.GetValue(minSupported) is null && result.GetValue(maxBoundary) is null
                && result.GetValue(lockFile) is null)
                result.AddError($"give a limit: {maxEngines.Name}, {minSupported.Name}, {maxBoundary.Name} or {lockFile.Name}");
        });
        command.SetAction(parsed =>
        {
            ModelRequest request = model.Request(parsed);
            string[] paths = [request.Path, .. parsed.GetValue(more) ?? []];
            string? locked = parsed.GetValue(lockFile);
            OutputFile.Check([("--lock", parsed.GetValue(update) ? locked : null), ("--sarif", parsed.GetValue(sarif)),
                ("--junit", parsed.GetValue(junit)), ("--markdown", parsed.GetValue(markdown))], paths);
            double? share = Share(parsed.GetValue(minSupported));
            long? bytes = ByteSize.Parse(parsed.GetValue(maxBoundary));
            CheckedModel[] models = [.. paths.Select(path => new CheckedModel(path, GatesOf(path)))];

            var report = new GateReport(models);
            Write(report.Sarif, parsed.GetValue(sarif));
            Write(report.JUnit, parsed.GetValue(junit));
            Write(report.Markdown, parsed.GetValue(markdown));
            GateView.Write(models, model.Json(parsed));
            return (int)(models.All(m => m.Holds) ? ExitCode.Ok : ExitCode.OutputsDiffer);

            List<Gate> GatesOf(string path)
            {
                PlanFile plan = Stages.Show(2, stage => new ModelService(request with { Path = path }, stage).Plan())
                    .Compilation.ToPlanFile();
                List<Gate> gates = [];
                if (parsed.GetValue(maxEngines) is { } most) gates.Add(Gate.MaxEngines(plan, most));
                if (share is { } least) gates.Add(Gate.MinSupported(plan, least));
                if (bytes is { } limit) gates.Add(Gate.MaxBoundary(plan, limit));
                if (locked is null) return gates;
                PlanLock now = PlanLock.Of(plan);
                if (parsed.GetValue(update)) PlanFiles.Write(now.ToJson(), locked);
                gates.Add(Gate.Lock(PlanLock.Read(locked), now, locked));
                return gates;
            }
        });
        return command;
    }

    private static Option<string?> Output(string name, string description) => new(name) { Description = description, HelpName = "FILE" };

    private static void Write(Func<string> text, string? path)
    {
        if (path is not null) AtomicFile.Write(path, stream => stream.Write(Encoding.UTF8.GetBytes(text() + "\n")));
    }

    /// <summary>A share from 0 to 1, of "95%" or "95".</summary>
    private static double? Share(string? text)
    {
        if (text is null) return null;
        return double.TryParse(text.AsSpan().TrimEnd('%'), NumberStyles.Float, CultureInfo.InvariantCulture, out double percent)
            && percent is >= 0 and <= 100 ? percent / 100
            : throw GpcCodes.BadOption.Error($"--min-supported {text}", "it takes a percentage from 0 to 100, for instance 95%");
    }
}
