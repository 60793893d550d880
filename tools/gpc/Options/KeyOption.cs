using System.CommandLine;

namespace GraphPartition.Gpc.Options;

/// <summary>The option <c>--mindir-key-file FILE</c>: the key of an encrypted MindIR model.</summary>
internal sealed class KeyOption
{
    private readonly Option<string?> _file = new("--mindir-key-file")
    {
        Description = "A file with the key of an encrypted MindIR model. Its bytes are the key.",
        HelpName = "FILE",
    };

    /// <summary>The option.</summary>
    public Option Option => _file;

    /// <summary>The file; null: there is none.</summary>
    public string? File(ParseResult parsed) => parsed.GetValue(_file);
}
