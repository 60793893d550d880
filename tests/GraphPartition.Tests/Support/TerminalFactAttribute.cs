namespace GraphPartition.Tests.Support;

/// <summary>A fact that skips where no terminal can be had.</summary>
internal sealed class TerminalFactAttribute : Xunit.FactAttribute
{
    public TerminalFactAttribute() => Skip = GpcProcess.Terminal is null ? "the program 'script' (util-linux) is not there" : null;
}
