using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using GraphPartition.Gpc.Options;

namespace GraphPartition.Gpc.Help;

/// <summary>Prints the help of a command with its options under headings; the help of all other commands is the usual one.</summary>
/// <param name="usual">The usual help.</param>
internal sealed class GroupedHelp(HelpAction usual) : SynchronousCommandLineAction
{
    /// <inheritdoc/>
    public override bool ClearsParseErrors => true;

    /// <inheritdoc/>
    public override int Invoke(ParseResult parseResult)
    {
        if (parseResult.CommandResult.Command is not GpcCommand command) return usual.Invoke(parseResult);
        new HelpWriter(parseResult.InvocationConfiguration.Output, WidthOfTerminal()).Write(command);
        return 0;
    }

    private static int WidthOfTerminal() => Console.IsOutputRedirected ? 120 : Math.Clamp(Console.WindowWidth, 60, 140);
}
