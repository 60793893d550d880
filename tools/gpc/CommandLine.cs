using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Parsing;
using System.Text.RegularExpressions;
using GraphPartition.EngineBuilder.Builders;
using GraphPartition.Foundation;
using GraphPartition.Gpc.Commands;
using GraphPartition.Gpc.Help;
using GraphPartition.Gpc.Services;
using GraphPartition.Gpc.Views;
using GraphPartition.Runtime.Diagnostics;
using Spectre.Console;

namespace GraphPartition.Gpc;

/// <summary>The command line: its commands, and how failures become exit codes.</summary>
public static partial class CommandLine
{
    /// <summary>All commands.</summary>
    public static RootCommand Root()
    {
        var root = new RootCommand("Compiles models with the fewest TensorRT engines and runs the rest on ONNX Runtime.")
        {
            PlanCommand.Create(), ExploreCommand.Create(), CompileCommand.Create(), RunCommand.Create(), BenchCommand.Create(),
            WhyCommand.Create(), MatrixCommand.Create(), InspectCommand.Create(), OperatorsCommand.Create(),
            VerifyCommand.Create(), DiffCommand.Create(), CheckCommand.Create(), ReduceCommand.Create(),
            ExtractCommand.Create(), EditCommand.Create(),
            ExportCommand.Create(), ConvertCommand.Create(), QuantizeCommand.Create(),
            CompareCommand.Create(), DebugCommand.Create(), ZooCommand.Create(), CalibrateCommand.Create(), CacheCommand.Create(),
            EngineCommand.Create(), DoctorCommand.Create(), ServeCommand.Create(), DeployCommand.Create(),
        };
        root.Options.OfType<HelpOption>().Single().Action = new GroupedHelp();
        Guard(root);
        return root;
    }

    /// <summary>Lets validators ask for the value of an option that cannot be read: the parser itself reports that option.</summary>
    private static void Guard(Command command)
    {
        Action<CommandResult>[] validators = [.. command.Validators];
        command.Validators.Clear();
        foreach (Action<CommandResult> validate in validators)
            command.Validators.Add(result =>
            {
                try
                {
                    validate(result);
                }
                catch (InvalidOperationException)
                {
                    // what GetValue throws for such an option
                }
            });
        foreach (Command inner in command.Subcommands) Guard(inner);
    }

    /// <summary>Runs one command line.</summary>
    /// <returns>The exit code.</returns>
    public static int Run(string[] args)
    {
        if (args is [ProcessProbe.Verb, var path, var folder, var level]) return ProcessProbe.Run(path, folder, int.Parse(level));
        if (args is [Reproducer.Verb, var model, var inputs]) return Guarded(() => Reproducer.WriteInputs(model, inputs));
        if (args is [EngineWorker.Verb]) return EngineWorker.Run();
        if (Console.IsOutputRedirected)
        {
            AnsiConsole.Profile.Capabilities.Ansi = false; // no escape codes in files and pipes, and no wrapping at 80 columns
            AnsiConsole.Profile.Width = 180;
        }
        ParseResult parsed = Root().Parse(args);
        string[] errors = [.. parsed.Errors.Select(e => NotAValue().Replace(e.Message, "'$1' is not a value for $2")), .. EmptyValues(parsed)];
        if (errors.Length > 0)
        {
            foreach (string error in errors) Console.Error.WriteLine($"gpc: {error}");
            Console.Error.WriteLine("try 'gpc --help' or 'gpc COMMAND --help'");
            return (int)ExitCode.BadInput;
        }
        return Guarded(() => parsed.Invoke(new InvocationConfiguration { EnableDefaultExceptionHandler = false }));
    }

    /// <summary>Values without a character. No argument and no option has a use for one; a shell makes them of unset variables.</summary>
    private static IEnumerable<string> EmptyValues(ParseResult parsed) => parsed.Tokens.Zip(parsed.Tokens.Skip(1))
        .Where(pair => pair.Second.Value.Length == 0).Select(pair => $"the value after '{pair.First.Value}' is empty");

    /// <summary>The parser's words for a value of the wrong type, which name types of .NET.</summary>
    [GeneratedRegex("^Cannot parse argument '(.*)' for option '(.*)' as expected type '.*'\\.$")]
    private static partial Regex NotAValue();

    /// <summary>Turns every failure into its exit code and a message.</summary>
    private static int Guarded(Func<int> command)
    {
        try
        {
            return command();
        }
        catch (ModelException e)
        {
            DiagnosticView.Write(e.Diagnostics);
            // A value that --validate rejects is a wrong output; the model and the options are right.
            return (int)(e.Diagnostics.All(d => d.Code == RuntimeCodes.NotFinite) ? ExitCode.OutputsDiffer : ExitCode.BadInput);
        }
        catch (EnvironmentException e)
        {
            Console.Error.WriteLine($"gpc: {e.Message}");
            return (int)ExitCode.Environment;
        }
        catch (OutOfMemoryException e)
        {
            DiagnosticView.Write([RuntimeCodes.OutOfMemory.At("", e.Message)]);
            return (int)ExitCode.Environment;
        }
        catch (OperationCanceledException)
        {
            Console.Error.WriteLine("gpc: cancelled");
            return (int)ExitCode.Environment;
        }
        catch (Exception e)
        {
            Console.Error.WriteLine($"gpc: internal error; please report it with the model or with its plan file\n{e}");
            return (int)ExitCode.InternalError;
        }
    }
}
