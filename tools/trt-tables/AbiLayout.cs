namespace GraphPartition.TrtTables;

/// <summary>A run of releases whose virtual tables only grow: a slot, once given, stays.</summary>
/// <param name="Name">The column's title.</param>
/// <param name="Releases">The releases whose headers the facts hold, oldest first.</param>
internal sealed record AbiLayout(string Name, string[] Releases)
{
    /// <summary>The columns of every table. 10.8.0 is left out: it alone breaks the order of its layout.</summary>
    public static readonly AbiLayout[] All =
    [
        new("8.5", ["8.5.3", "v8.6.1"]),
        new("10", ["v10.0.1", "v10.1.0", "v10.3.0", "v10.9.0", "v10.13.3", "v10.16"]),
        new("11", ["v11.0", "v11.1"]),
        new("RTX 1.3", ["RTX-1.3", "RTX-1.4"]),
        new("RTX 1.5", ["RTX-1.5", "RTX-1.6"]),
    ];

    /// <summary>The releases that say what enumerations hold: 10.8.0's numbers are in order, only its slots are not.</summary>
    public string[] EnumReleases => Name == "10" ? [
        .. Releases.TakeWhile(r => r != "v10.9.0"), "v10.8.0", .. Releases.SkipWhile(r => r != "v10.9.0")] : Releases;

    /// <summary>The releases that the mock libraries imitate.</summary>
    public static readonly string[] Mocked = ["8.5.3", "v8.6.1", "v10.0.1", "v10.16", "v11.1", "RTX-1.4", "RTX-1.6"];

    /// <summary>"v10.16" as "10.16.0", the way in which tables name the release that a member came with.</summary>
    public static string Number(string release)
    {
        string number = release.Replace("RTX-", "").TrimStart('v');
        return number.Count(c => c == '.') == 1 ? number + ".0" : number;
    }

    /// <summary>"v10.16" as "trt10_16", a name for files and symbols.</summary>
    public static string Identifier(string release) =>
        (release.StartsWith("RTX-", StringComparison.Ordinal) ? "rtx" : "trt")
            + release.Replace("RTX-", "").TrimStart('v').Replace('.', '_');
}
