using GraphPartition.Foundation;

namespace GraphPartition.Gpc;

/// <summary>Plan files on disk.</summary>
internal static class PlanFiles
{
    /// <summary>Writes a file of JSON beside its place and moves it there: nothing half-written stays.</summary>
    /// <exception cref="EnvironmentException">GP5005.</exception>
    public static void Write(string json, string path)
    {
        string temporary = path + ".tmp";
        try
        {
            File.WriteAllText(temporary, json + "\n");
            File.Move(temporary, path, overwrite: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new EnvironmentException(Codes.CannotWrite, path, e.Message, e);
        }
        finally
        {
            if (File.Exists(temporary)) File.Delete(temporary);
        }
    }
}
