using System.CommandLine;
using GraphPartition.Compiler.Cost;
using GraphPartition.Gpc.Options;
using GraphPartition.Gpc.Services;
using GraphPartition.Gpc.Views;
using GraphPartition.Runtime.Options;

namespace GraphPartition.Gpc.Commands;

/// <summary><c>gpc calibrate</c>: measures this machine for the cost model.</summary>
internal static class CalibrateCommand
{
    public static Command Create()
    {
        var command =
            new GpcCommand("calibrate", "Measures this machine for the cost model, and writes or prints the file for --device-profile.");
        var session = new SessionArguments(command, tf32: true, runsModel: false);
        var output = new Option<string?>("--output", "-o")
        { Description = "The file to write. Without it, the profile is printed.", HelpName = "FILE" };
        var seconds = OptionOf.Number("--seconds", "S", "How long each of the five parameters is measured.", 0.0, 2.0);
        command.Add(OptionGroup.Common, output, seconds);
        command.SetAction(parsed =>
        {
            ModelSessionOptions options = session.Options(parsed) with { Optimize = false };
            DeviceProfile profile = Stages.Show(4, stage => new Calibration(options, parsed.GetValue(seconds)).Measure(stage));
            if (parsed.GetValue(output) is { } path) PlanFiles.Write(profile.ToJson(), path);
            else Console.Out.WriteLine(profile.ToJson());
            return (int)ExitCode.Ok;
        });
        return command;
    }
}
