using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using System.Text;
using GraphPartition.CompiledModels;
using GraphPartition.Compiler.Import;
using GraphPartition.Compiler.Reducing;
using GraphPartition.Gpc.Options;
using GraphPartition.Gpc.Requests;
using GraphPartition.Gpc.Services;
using GraphPartition.Gpc.Views;
using GraphPartition.Ir.Graphs;
using Spectre.Console;

namespace GraphPartition.Gpc.Commands;

/// <summary><c>gpc reduce MODEL --check WHAT -o OUT.zip</c>: a small model that fails in the same way, to send to somebody.</summary>
internal static class ReduceCommand
{
    public static Command Create()
    {
        var command = new GpcCommand("reduce", "Finds a smaller model that fails in the same way, and writes it with everything that is needed to see it fail.");
        var model = new ModelArguments(command);
        var check = new Option<string>("--check")
        {
            Description = "What fails: engines>N, differs (gpc run --keep-groups), crash (gpc run), refused (gpc compile), or a shell command "
                + "with {model} that ends with the same exit code as for the whole model.",
            HelpName = "WHAT",
            Required = true,
        };
        var output = new Option<string>("--output", "-o") { Description = "The file to write: a zip file, or a model.", HelpName = "OUT.zip|OUT.onnx", Required = true };
        command.Add(OptionGroup.Common, check, output);
        command.SetAction(parsed =>
        {
            ModelRequest request = model.Request(parsed);
            (string what, string path) = (parsed.GetRequiredValue(check), parsed.GetRequiredValue(output));
            OutputFile.Check([("--output", path)], request.Path);
            using Interrupt interrupt = new();
            using FailureCheck failure = new(what, request, Passed(parsed, check, output, model.JsonOption));
            var log = new StringBuilder();
            (Model whole, Model? reduced) = Stages.Show(1, (stage, part) =>
            {
                var service = new ModelService(request, stage);
                Model read = service.Read(), source = CompiledModelFormat.IsCompiled(read) ? CompiledModelFormat.Read(read).Model : read;
                stage("reducing");
                if (!failure.Fails(source)) return (source, (Model?)null);
                var progress = new Progress(p =>
                {
                    part("reducing", p.Trials, 0);
                    if (p.StillFails) log.Append(CultureInfo.InvariantCulture, $"trial {p.Trials}: {p.Nodes} nodes\n");
                });
                return (source, new ModelReducer(failure.Fails, service.Operators, progress).Reduce(source, interrupt.Token));
            });
            if (reduced is null) throw GpcCodes.DoesNotFail.Error(request.Path, $"'{what}' does not hold for the whole model");
            if (Path.GetExtension(path).Equals(".zip", StringComparison.OrdinalIgnoreCase))
                new Reproducer(reduced, what, request) { Log = log.ToString(), Output = failure.Output }.Write(path);
            else ModelFile.Write(reduced, path);
            AnsiConsole.WriteLine($"wrote {path}: {ModelReducer.CountOf(reduced.Graph)} of {ModelReducer.CountOf(whole.Graph)} nodes");
            return (int)ExitCode.Ok;
        });
        return command;
    }

    /// <summary>The options of this command that the commands of a check know too, as a command line has them.</summary>
    private static string[] Passed(ParseResult parsed, params Option[] own) =>
        [.. parsed.CommandResult.Children.OfType<OptionResult>().Where(o => !o.Implicit && !own.Contains(o.Option))
            .SelectMany(o => o.Tokens.SelectMany(t => new[] { o.Option.Name, t.Value }).DefaultIfEmpty(o.Option.Name))];

    private sealed class Progress(Action<ReductionProgress> report) : IProgress<ReductionProgress>
    {
        public void Report(ReductionProgress value) => report(value);
    }
}
