using GraphPartition.CompiledModels;
using GraphPartition.Compiler.Planning.Files;
using GraphPartition.Foundation;
using GraphPartition.Ir.Graphs;
using GraphPartition.Operators;

namespace GraphPartition.Gpc.Services;

/// <summary>Plan files on disk.</summary>
internal static class PlanFiles
{
    /// <summary>Reads a plan file, or the plan in a compiled model.</summary>
    public static PlanFile Read(string path) => PlanFile.Read(path, ReadModel);

    /// <summary>Reads a compiled model.</summary>
    public static CompiledModel ReadCompiled(string path) => PlanFile.ReadCompiled(path, ReadModel);

    /// <summary>Writes a JSON file. It appears only when it is complete.</summary>
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

    private static Model ReadModel(string path) => ModelReader.Read(path, OperatorTable.Default);
}
