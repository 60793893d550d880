using System.CommandLine;
using System.CommandLine.Invocation;

namespace GraphPartition.Gpc.Help;

/// <summary>Prints the help of a command: its subcommands, and its options under headings.</summary>
internal sealed class GroupedHelp : SynchronousCommandLineAction
{
    /// <inheritdoc/>
    public override bool ClearsParseErrors => true;

    /// <inheritdoc/>
    public override int Invoke(ParseResult parseResult)
    {
        new HelpWriter(parseResult.InvocationConfiguration.Output, WidthOfTerminal()).Write(parseResult.CommandResult.Command);
        return 0;
    }

    private static int WidthOfTerminal() => Console.IsOutputRedirected ? 120 : Math.Clamp(Console.WindowWidth, 60, 140);
}
