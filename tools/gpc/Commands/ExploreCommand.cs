using System.CommandLine;
using System.ComponentModel;
using System.Diagnostics;
using GraphPartition.Compiler.Explaining;
using GraphPartition.Gpc.Options;
using GraphPartition.Gpc.Requests;
using GraphPartition.Gpc.Services;
using GraphPartition.Gpc.Views;
using Spectre.Console;

namespace GraphPartition.Gpc.Commands;

/// <summary><c>gpc explore MODEL</c>: opens the plan as a page in the browser.</summary>
internal static class ExploreCommand
{
    public static Command Create()
    {
        var command = new GpcCommand("explore", "Opens the plan as a page in the browser: the graph, its engines, and the reason for each fallback.");
        var model = new ModelArguments(command);
        var observe = new ObserveArguments(command);
        var output = new Option<string?>("--output", "-o")
        {
            Description = "The page to write; without it, a file in the folder for temporary files.",
            HelpName = "FILE",
        };
        var noOpen = new Option<bool>("--no-open") { Description = "Only write the page." };
        Option<string?> profile = Extra("--profile", "FILE", "Also show measured times: a file with what 'gpc run MODEL --profile --json' printed.");
        Option<string?> errors = Extra("--errors", "FILE", "Also show errors in 16 bits: a file with what 'gpc debug precision MODEL --json' printed.");
        Option<string?> compare = Extra("--compare", "PLAN", "Also show what changed since this plan file or compiled model.");
        command.Add(OptionGroup.Common, output, noOpen, profile, errors, compare);
        command.SetAction(parsed =>
        {
            ModelRequest request = observe.In(parsed, model.Request(parsed)) with { KeepsGraphs = true };
            OutputFile.Check([("--output", parsed.GetValue(output))], request.Path, parsed.GetValue(profile), parsed.GetValue(errors),
                parsed.GetValue(compare));
            string page = parsed.GetValue(output)
                ?? Path.Combine(Directory.CreateTempSubdirectory("gpc-explore-").FullName, Path.GetFileName(request.Path) + ".html");
            PlannedModel planned = Stages.Show(2, stage => new ModelService(request, stage).PlanAgain());
            BlockerRanking ranking = BlockerRanking.Of(planned.Compilation.Plan, planned.Operators, planned.Target);
            PlanPage.Write(planned, ranking, request.Path, page, PlanPage.Extras(
                planned.Compilation.ToPlanFile(), parsed.GetValue(profile), parsed.GetValue(errors), parsed.GetValue(compare)));
            AnsiConsole.MarkupLineInterpolated($"wrote {page}");
            if (!parsed.GetValue(noOpen)) Open(page);
            return (int)ExitCode.Ok;
        });
        return command;
    }

    private static Option<string?> Extra(string name, string form, string description) =>
        new(name) { Description = description, HelpName = form };

    private static void Open(string page)
    {
        try
        {
            Process.Start(new ProcessStartInfo(page) { UseShellExecute = true })?.Dispose();
        }
        catch (Exception e) when (e is Win32Exception or PlatformNotSupportedException)
        {
            AnsiConsole.MarkupLineInterpolated($"no browser could be opened ({e.Message}): open the file yourself");
        }
    }
}
