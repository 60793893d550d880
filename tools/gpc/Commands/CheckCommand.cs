using System.Collections.Immutable;
using System.CommandLine;
using System.Globalization;
using System.Text;
using GraphPartition.Foundation;
using GraphPartition.Gpc.Gates;
using GraphPartition.Gpc.Options;
using GraphPartition.Gpc.Requests;
using GraphPartition.Gpc.Services;
using GraphPartition.Gpc.Views;
using GraphPartition.Operators.TensorRt;

namespace GraphPartition.Gpc.Commands;

/// <summary><c>gpc check MODEL</c>: fails if the plan of a model breaks a limit, for CI.</summary>
internal static class CheckCommand
{
    public static Command Create()
    {
        var command = new GpcCommand("check", "Fails (exit code 1) if the plan of a model breaks a limit or is not the one in a lock file.");
        var model = new ModelArguments(command, limitsEngines: false);
        var more = new Argument<string[]>("MORE") { Description = "More models. The same limits hold for each.", Arity = ArgumentArity.ZeroOrMore };
        command.Add(more);
        var maxEngines = new Option<int?>("--max-engines") { Description = "Fail if the plan has more engines than this.", HelpName = "N" };
        var minSupported = new Option<string?>("--min-supported")
        {
            Description = "Fail if engines may take a smaller share of the nodes than this.",
            HelpName = "PERCENT",
        };
        var maxBoundary = new Option<string?>("--max-boundary")
        {
            Description = "Fail if more bytes than this cross boundaries between engines and fallback, for instance 10M.",
            HelpName = "SIZE",
        };
        var lockFile = new Option<string?>("--lock") { Description = "Fail if the plan is not the one in this file.", HelpName = "FILE" };
        var update = new Option<bool>("--update") { Description = "Create or replace the lock file." };
        var sarif = Output("--sarif", "Also write the result as SARIF 2.1.");
        var junit = Output("--junit", "Also write the result as JUnit XML.");
        var markdown = Output("--markdown", "Also write the result as Markdown, for a pull request.");
        var targets = new Option<string?>("--targets")
        {
            Description = "The releases to plan for, separated by commas, or all. Each must keep the limits.",
            HelpName = "LIST",
        };
        command.Add(OptionGroup.Common, maxEngines, minSupported, maxBoundary, lockFile, update, targets, sarif, junit, markdown);
        var accuracy = new AccuracyArguments(command);
        OptionOf.Exclusive(command, model.TargetOption, targets);
        OptionOf.Refuse(command, result => result.GetValue(lockFile) is null ? $"without {lockFile.Name}" : null, update);
        command.Validators.Add(result =>
        {
            if (result.GetValue(maxEngines) is null && result.GetValue(minSupported) is null && result.GetValue(maxBoundary) is null
                && result.GetValue(lockFile) is null && !accuracy.AreGiven(result))
                result.AddError($"give a limit: {maxEngines.Name}, {minSupported.Name}, {maxBoundary.Name}, {lockFile.Name} or --budget");
        });
        command.SetAction(parsed =>
        {
            ModelRequest plan = model.Request(parsed);
            string[] paths = [plan.Path, .. parsed.GetValue(more) ?? []];
            var request = new CheckRequest(plan, [.. paths], Targets(parsed.GetValue(targets), plan.Target))
            {
                MaxEngines = parsed.GetValue(maxEngines),
                MinSupported = Share(parsed.GetValue(minSupported)),
                MaxBoundary = ByteSize.Parse(parsed.GetValue(maxBoundary)),
                Lock = parsed.GetValue(lockFile),
                UpdatesLock = parsed.GetValue(update),
                Accuracy = accuracy.Request(parsed),
            };
            string[] locks = Locks(request);
            OutputFile.Check([.. locks.Where(_ => request.UpdatesLock).Select(path => ("--lock", (string?)path)), ("--sarif", parsed.GetValue(sarif)),
                ("--junit", parsed.GetValue(junit)), ("--markdown", parsed.GetValue(markdown))], [.. request.Paths, request.Accuracy?.Reference]);
            ImmutableArray<CheckedModel> models = Stages.Show(2, stage => new ModelCheck(request, stage).Run());

            var report = new GateReport(models);
            Write(report.Sarif, parsed.GetValue(sarif));
            Write(report.JUnit, parsed.GetValue(junit));
            Write(report.Markdown, parsed.GetValue(markdown));
            GateView.Write(models, model.Json(parsed));
            return (int)(models.All(m => m.Holds) ? ExitCode.Ok : ExitCode.OutputsDiffer);
        });
        return command;
    }

    /// <summary>The lock of each plan.</summary>
    /// <exception cref="ModelException">GP3012: two plans would have the same lock.</exception>
    private static string[] Locks(CheckRequest request)
    {
        if (request.Lock is not { } pattern) return [];
        string[] locks =
            [.. request.Paths.SelectMany(path => request.Targets.Select(target => ModelCheck.LockPath(pattern, path, target)))];
        return locks.Distinct().Count() == locks.Length ? locks : throw GpcCodes.BadOption.Error(
            $"--lock {pattern}", "a lock is of one model and one release: put {model} and {target} into its name");
    }

    /// <summary>The releases of a list.</summary>
    /// <exception cref="ModelException">GP3002: one is not known.</exception>
    private static ImmutableArray<string?> Targets(string? list, string? single) => list switch
    {
        null => [single],
        "all" => [.. TensorRtTarget.Releases.Select(r => r.Id)],
        _ => [.. list.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            .Select(name => PlanSettings.TargetOf(name).Release.Id).Distinct()],
    };

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
