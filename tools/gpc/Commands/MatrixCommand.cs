using System.CommandLine;
using GraphPartition.Compiler.Explaining;
using GraphPartition.Gpc.Options;
using GraphPartition.Gpc.Services;
using GraphPartition.Gpc.Views;

namespace GraphPartition.Gpc.Commands;

/// <summary><c>gpc matrix MODEL</c>: the engines and the fallback of a model in each release, and the upgrades that help.</summary>
internal static class MatrixCommand
{
    public static Command Create()
    {
        var command = new GpcCommand(
            "matrix", "Shows for each release of TensorRT the engines of a model, what falls back, and the smallest upgrade that helps.");
        var model = new ModelArguments(command, forEachRelease: true);
        var markdown = new Option<bool>("--markdown") { Description = "Print a table in Markdown." };
        command.Add(OptionGroup.Common, markdown);
        OptionOf.Exclusive(command, model.JsonOption, markdown);
        command.SetAction(parsed =>
        {
            ReleaseMatrix matrix = Stages.Show(2, stage => new ModelService(model.Request(parsed), stage).Matrix());
            if (model.Json(parsed)) JsonOutput.Print(matrix.Releases);
            else if (parsed.GetValue(markdown)) MatrixView.WriteMarkdown(matrix);
            else MatrixView.Write(matrix);
            return (int)ExitCode.Ok;
        });
        return command;
    }
}
