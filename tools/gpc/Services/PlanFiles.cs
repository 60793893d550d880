using System.Text;
using GraphPartition.Foundation;

namespace GraphPartition.Gpc.Services;

/// <summary>Plan files on disk.</summary>
internal static class PlanFiles
{
    /// <summary>Writes a JSON file. It appears only when it is complete.</summary>
    /// <exception cref="EnvironmentException">GP5005.</exception>
    public static void Write(string json, string path) =>
        AtomicFile.Write(path, stream => stream.Write(Encoding.UTF8.GetBytes(json + "\n")));
}
