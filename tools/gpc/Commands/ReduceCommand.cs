using System.CommandLine;
using System.Globalization;
using System.IO.Compression;
using System.Text;
using GraphPartition.Compiler.Import;
using GraphPartition.Compiler.Reducing;
using GraphPartition.Foundation;
using GraphPartition.Gpc.Options;
using GraphPartition.Gpc.Requests;
using GraphPartition.Gpc.Services;
using GraphPartition.Gpc.Views;
using GraphPartition.Ir.Graphs;
using Microsoft.ML.OnnxRuntime;
using Spectre.Console;

namespace GraphPartition.Gpc.Commands;

/// <summary><c>gpc reduce MODEL --check WHAT -o OUT.zip</c>: a small model that fails in the same way, to send to somebody.</summary>
internal static class ReduceCommand
{
    public static Command Create()
    {
        var command = new GpcCommand("reduce", "Makes a model smaller as long as it fails in the same way, and writes it with what is needed to see it fail.");
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
            using FailureCheck failure = new(what, request);
            var log = new StringBuilder();
            (Model whole, Model? reduced) = Stages.Show(1, (stage, part) =>
            {
                Model source = new ModelService(request, stage).Read();
                stage("reducing");
                if (!failure.Fails(source)) return (source, (Model?)null);
                var progress = new Progress(p =>
                {
                    part("reducing", p.Trials, 0);
                    if (p.StillFails) log.Append(CultureInfo.InvariantCulture, $"trial {p.Trials}: {p.Nodes} nodes\n");
                });
                return (source, new ModelReducer(failure.Fails, progress).Reduce(source, interrupt.Token));
            });
            if (reduced is null) throw GpcCodes.DoesNotFail.Error(request.Path, $"'{what}' does not hold for the whole model");
            if (Path.GetExtension(path).Equals(".zip", StringComparison.OrdinalIgnoreCase)) Zip(path, reduced, what, log.ToString(), request);
            else ModelFile.Write(reduced, path);
            AnsiConsole.WriteLine($"wrote {path}: {ModelReducer.CountOf(reduced.Graph)} of {ModelReducer.CountOf(whole.Graph)} nodes");
            return (int)ExitCode.Ok;
        });
        return command;
    }

    private static void Zip(string path, Model model, string what, string log, ModelRequest request)
    {
        string folder = Directory.CreateTempSubdirectory("gpc-reduce-").FullName;
        try
        {
            string file = Path.Combine(folder, "model.onnx");
            ModelFile.Write(model with { Path = null }, file);
            File.WriteAllText(Path.Combine(folder, "README.txt"), $"""
                A model that was reduced by 'gpc reduce' and still fails: {what}
                model.onnx     the model
                plan.json      its plan ('gpc verify plan.json'), if it can be planned
                versions.txt   the versions of the programs
                log.txt        how it was reduced

                """);
            File.WriteAllText(Path.Combine(folder, "versions.txt"), $"""
                gpc {typeof(ReduceCommand).Assembly.GetName().Version!.ToString(3)}
                ONNX Runtime {OrtEnv.Instance().GetVersionString()}
                .NET {Environment.Version} on {System.Runtime.InteropServices.RuntimeInformation.RuntimeIdentifier}

                """);
            File.WriteAllText(Path.Combine(folder, "log.txt"), log);
            try
            {
                string plan = new ModelService(request with { Path = file }, _ => { }).Plan().Compilation.ToPlanFile().ToJson();
                File.WriteAllText(Path.Combine(folder, "plan.json"), plan);
            }
            catch (ModelException)
            {
                // A model that is refused has no plan.
            }
            AtomicFile.Write(path, stream => ZipFile.CreateFromDirectory(folder, stream));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private sealed class Progress(Action<ReductionProgress> report) : IProgress<ReductionProgress>
    {
        public void Report(ReductionProgress value) => report(value);
    }
}
