using System.CommandLine;
using GraphPartition.Foundation;
using GraphPartition.Gpc.Commands;
using Spectre.Console;

namespace GraphPartition.Gpc;

/// <summary>The command line: its commands, and how failures become exit codes.</summary>
public static class CommandLine
{
    /// <summary>Runs one command line and returns its exit code.</summary>
    public static int Run(string[] args)
    {
        if (Console.IsOutputRedirected)
        {
            AnsiConsole.Profile.Capabilities.Ansi = false; // no escape codes in files and pipes, and no wrapping at 80 columns
            AnsiConsole.Profile.Width = 180;
        }
        var root = new RootCommand("GraphPartition: compile models for TensorRT with the fewest engines, and run the rest on ONNX Runtime.")
        {
            PlanCommand.Create(), CompileCommand.Create(), RunCommand.Create(), InspectCommand.Create(), WhyCommand.Create(), OperatorsCommand.Create(),
            VerifyCommand.Create(), DiffCommand.Create(), CalibrateCommand.Create(), BenchCommand.Create(), ExportCommand.Create(), ZooCommand.Create(),
            DoctorCommand.Create(), CacheCommand.Create(),
        };
        ParseResult parsed = root.Parse(args);
        if (parsed.Errors.Count > 0)
        {
            foreach (var error in parsed.Errors) Console.Error.WriteLine($"gpc: {error.Message}");
            Console.Error.WriteLine("try 'gpc --help'");
            return (int)ExitCode.BadInput;
        }
        return Guarded(() => parsed.Invoke(new InvocationConfiguration { EnableDefaultExceptionHandler = false }));
    }

    /// <summary>Maps every failure to its exit code, with a message that says where, what and what to do.</summary>
    private static int Guarded(Func<int> command)
    {
        try
        {
            return command();
        }
        catch (ModelException e)
        {
            foreach (Diagnostic d in e.Diagnostics) Console.Error.WriteLine($"gpc: {d}");
            return (int)ExitCode.BadInput;
        }
        catch (EnvironmentException e)
        {
            Console.Error.WriteLine($"gpc: {e.Message}");
            return (int)ExitCode.Environment;
        }
        catch (OperationCanceledException)
        {
            Console.Error.WriteLine("gpc: cancelled");
            return (int)ExitCode.Environment;
        }
        catch (Exception e)
        {
            Console.Error.WriteLine($"gpc: internal error; please report it with the model or the plan\n{e}");
            return (int)ExitCode.InternalError;
        }
    }
}

/// <summary>The exit codes of <c>gpc</c>.</summary>
public enum ExitCode
{
    /// <summary>Everything went well.</summary>
    Ok = 0,
    /// <summary>The outputs differ from what was expected.</summary>
    OutputsDiffer = 1,
    /// <summary>The model, a file or an option is wrong.</summary>
    BadInput = 2,
    /// <summary>A library, a device or the disk failed.</summary>
    Environment = 3,
    /// <summary>A bug of ours.</summary>
    InternalError = 4,
}
