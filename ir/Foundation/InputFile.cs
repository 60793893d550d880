namespace GraphPartition.Foundation;

/// <summary>Reads files that the user named.</summary>
public static class InputFile
{
    /// <summary>Reads a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="read">Reads it, for instance <see cref="File.ReadAllText(string)"/>.</param>
    /// <exception cref="ModelException">The file cannot be read (GP1001).</exception>
    public static T Read<T>(string path, Func<string, T> read)
    {
        if (Directory.Exists(path)) throw FileCodes.CannotRead.Error(path, "it is a directory");
        try
        {
            return read(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            throw FileCodes.CannotRead.Error(path, e is FileNotFoundException or DirectoryNotFoundException ? "it does not exist" : e.Message);
        }
    }
}
