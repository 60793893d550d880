namespace GraphPartition.Gpc.Services;

/// <summary>How this program starts itself again, with a first argument that the command line of users does not have.</summary>
internal static class ThisProgram
{
    /// <summary>The executable and its arguments.</summary>
    public static (string File, string[] Arguments) With(params string[] arguments)
    {
        string program = Environment.ProcessPath!;
        bool isHost = Path.GetFileNameWithoutExtension(program) == "dotnet";
        return (program, isHost ? [typeof(ThisProgram).Assembly.Location, .. arguments] : arguments);
    }
}
