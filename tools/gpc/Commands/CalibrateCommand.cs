using System.CommandLine;
using GraphPartition.Compiler.Cost;
using GraphPartition.EngineBuilder.Shapes;
using GraphPartition.Gpc.Options;
using GraphPartition.Gpc.Services;
using GraphPartition.Gpc.Views;
using GraphPartition.Operators;
using GraphPartition.Runtime.Options;
using GraphPartition.TensorRt.Library;

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
        var seconds = OptionOf.Number("--seconds", "S", "How long each parameter is measured.", 0.0, 2.0);
        command.Add(OptionGroup.Common, output, seconds);
        var engines = new EngineArguments(command, runs: true);
        command.SetAction(parsed =>
        {
            var service = new EngineService(engines.Request(parsed, session.Tf32(parsed)));
            ModelSessionOptions options = service.In(session.Options(parsed)) with { Optimize = false };
            TensorRtMachine? machine = service.FindMachine(out _); // without one, the profile says what it assumes
            DeviceProfile profile = Stages.Show(machine is null ? 4 : 8, stage => new Calibration(options, parsed.GetValue(seconds))
            {
                Machine = machine,
                Build = machine is null ? new() : service.BuildOptions(OperatorTable.Default, ModelShapes.None, machine.Library.Release),
            }.Measure(stage));
            if (parsed.GetValue(output) is { } path) PlanFiles.Write(profile.ToJson(), path);
            else Console.Out.WriteLine(profile.ToJson());
            return (int)ExitCode.Ok;
        });
        return command;
    }
}
