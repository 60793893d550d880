using System.CommandLine;

namespace GraphPartition.Gpc.Options;

/// <summary>A command whose options belong to groups, so that its help can list them under headings.</summary>
internal sealed class GpcCommand(string name, string description) : Command(name, description)
{
    private readonly Dictionary<Option, OptionGroup> _groups = [];

    /// <summary>Adds options to a group.</summary>
    public void Add(OptionGroup group, params ReadOnlySpan<Option> options)
    {
        foreach (Option option in options)
        {
            Add(option);
            _groups.Add(option, group);
        }
    }

    /// <summary>The group of an option; <see cref="OptionGroup.Common"/> where none was given.</summary>
    public OptionGroup GroupOf(Option option) => _groups.GetValueOrDefault(option);
}
