namespace GraphPartition.Foundation;

/// <summary>Faults of files, whatever they hold. No number is used again for something else.</summary>
public static class FileCodes
{
    /// <summary>The file is missing, is a folder, or cannot be read.</summary>
    public static readonly DiagnosticCode CannotRead = new("GP1001", "the file cannot be read",
        "check the path and the permissions");
    /// <summary>An output file cannot be written.</summary>
    public static readonly DiagnosticCode CannotWrite = new("GP5005", "the file cannot be written",
        "check the path, the permissions and the free space");
}
