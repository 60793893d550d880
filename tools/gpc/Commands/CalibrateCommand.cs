using System.CommandLine;
using GraphPartition.Compiler.Cost;
using GraphPartition.Gpc.View;
using GraphPartition.Runtime.Options;

namespace GraphPartition.Gpc.Commands;

/// <summary><c>gpc calibrate</c>: measures the machine at hand for the cost model.</summary>
internal static class CalibrateCommand
{
    public static Command Create()
    {
        var command = new Command("calibrate", "Measure this machine for the cost model, and write or print the device profile that --device-profile takes.");
        var session = new SessionArguments(command, tf32: "on");
        var output = new Option<string?>("--output", "-o") { Description = "The file to write; without it the profile is printed." };
        var seconds = new Option<double>("--seconds") { Description = "How long each of the five parameters is measured.", DefaultValueFactory = _ => 2 };
        command.Add(output);
        command.Add(seconds);
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
