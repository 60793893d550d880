namespace GraphPartition.Gpc;

/// <summary>
/// The program. A class of its own, because ASP.NET Core would make that of top-level statements public, without a namespace.
/// </summary>
internal static class Program
{
    private static int Main(string[] args) => CommandLine.Run(args);
}
