namespace GraphPartition.TrtTables;

/// <summary>
/// A number that a layout gives to a member, and the release that the member came with where that is not the first.
/// </summary>
internal readonly record struct Column(int Number, string? Since)
{
    public override string ToString() => Since is null ? $"{Number}" : $"{Number}@{Since}";

    /// <summary>
    /// One number for a whole layout, or null where no release has the member. Fails where releases of the layout disagree or
    /// lose the member again: then they do not share a layout.
    /// </summary>
    /// <param name="releases">The layout's releases, oldest first.</param>
    /// <param name="name">The member, for the message.</param>
    /// <param name="known">Whether the facts hold this release's class or enumeration at all; releases without it say
    /// nothing.</param>
    /// <param name="number">The member's number in a release, or null.</param>
    public static Column? Of(string[] releases, string name, Func<string, bool> known, Func<string, int?> number)
    {
        Column? column = null;
        bool first = true;
        foreach (string release in releases.Where(known))
        {
            int? value = number(release);
            if (column is { } c && c.Number != value)
            {
                throw new InvalidDataException($"{name} is {c.Number} and then {value?.ToString() ?? "absent"} in {release}");
            }

            if (value is int v && column is null)
            {
                column = new Column(v, first ? null : AbiLayout.Number(release));
            }

            first = false;
        }

        return column;
    }
}
